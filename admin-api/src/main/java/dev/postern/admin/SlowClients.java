package dev.postern.admin;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Ends connections on which no request comes whole within some time of the last one, or of their
 * beginning. The idle time alone would let a client hold its connection with a byte now and then,
 * in the head of a request or in the handshake of TLS. Where they are many that time is short, so
 * that whoever opens all there may be keeps nobody out for long; and there an answer of which
 * nothing more was taken for so long ends its connection too. Among few the idle time does that.
 * Safe for use by several threads.
 */
final class SlowClients implements Connection.Listener, HttpConfiguration.Customizer {
  private final Scheduler scheduler;
  private final Patience patience;
  private final LongSupplier nanoTime;
  private final Map<Connection, State> states = new ConcurrentHashMap<>();
  private final Map<Connection, Scheduler.Task> looks = new ConcurrentHashMap<>();

  private SlowClients(Scheduler scheduler, Patience patience, LongSupplier nanoTime) {
    this.scheduler = scheduler;
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /**
   * How long a request is waited for.
   *
   * @param crowded where there are {@code crowd} connections or more, and for an answer to be taken
   *     there; shorter
   */
  record Patience(Duration usual, Duration crowded, int crowd) {
    Duration among(int connections) {
      return isCrowded(connections) ? crowded : usual;
    }

    boolean isCrowded(int connections) {
      return connections >= crowd;
    }
  }

  private sealed interface State {
    /** For a request, since then. */
    record Waits(long since) implements State {}

    /** On one. */
    record Works() implements State {}
  }

  /** Has all connections of a listener watched. */
  static void watch(ServerConnector connector, HttpConfiguration http, Patience patience) {
    SlowClients clients =
        new SlowClients(connector.getServer().getScheduler(), patience, System::nanoTime);
    http.addCustomizer(clients);
    connector.addEventListener(clients);
  }

  @Override
  public void onOpened(Connection connection) {
    // TLS is a connection around one of HTTP.
    if (connection instanceof ConnectionMetaData) {
      states.put(connection, new State.Waits(nanoTime.getAsLong()));
      lookAgain(connection, patience.crowded().toNanos());
    }
  }

  @Override
  public void onClosed(Connection connection) {
    states.remove(connection);
    forget(connection);
  }

  /** A request's head has come. */
  @Override
  public Request customize(Request request, HttpFields.Mutable headers) {
    Connection connection = request.getConnectionMetaData().getConnection();
    states.replace(connection, new State.Works());
    Request.addCompletionListener(
        request, _ -> states.replace(connection, new State.Waits(nanoTime.getAsLong())));
    return request;
  }

  private void look(Connection connection) {
    switch (states.get(connection)) {
      case null -> {}
      case State.Works() -> {
        if (patience.isCrowded(states.size()) && isStuck(connection.getEndPoint())) {
          end(connection);
        } else {
          lookAgain(connection, patience.crowded().toNanos());
        }
      }
      case State.Waits(long since) -> {
        long left = patience.among(states.size()).toNanos() - (nanoTime.getAsLong() - since);
        if (left > 0) {
          lookAgain(connection, Math.min(left, patience.crowded().toNanos()));
        } else {
          end(connection);
        }
      }
    }
  }

  /** Whether something is to be written, and none of it was taken for too long. */
  private boolean isStuck(EndPoint end) {
    return switch (end) {
      // What TLS has to write waits below it.
      case EndPoint.Wrapper wrapper -> isStuck(wrapper.unwrap());
      case AbstractEndPoint socket ->
          socket.getWriteFlusher().isPending()
              && socket.getIdleFor() >= patience.crowded().toMillis();
      default -> false;
    };
  }

  private static void end(Connection connection) {
    connection.getEndPoint().close();
  }

  private void lookAgain(Connection connection, long nanos) {
    looks.put(
        connection, scheduler.schedule(() -> look(connection), nanos + 1, TimeUnit.NANOSECONDS));
    if (!states.containsKey(connection)) {
      forget(connection);
    }
  }

  private void forget(Connection connection) {
    Scheduler.Task task = looks.remove(connection);
    if (task != null) {
      task.cancel();
    }
  }
}
