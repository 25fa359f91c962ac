package dev.postern.deploy.node;

import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.net.InheritedSockets;
import dev.postern.gateway.net.Predecessor;
import dev.postern.store.StoreConfig.Database;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Listening sockets that a process starts with: from systemd, or from the process whose place it
 * takes. Closed before {@link #started}, everything stays with whom it comes from; afterwards
 * closing does nothing.
 */
public final class Inheritance implements AutoCloseable {
  /** The first descriptor that systemd passes on, sd_listen_fds(3). */
  private static final int FIRST_DESCRIPTOR = 3;

  private static final int MOST_DESCRIPTORS = 1000;

  private final InheritedSockets sockets;
  private final Optional<Predecessor> predecessor;

  private Inheritance(InheritedSockets sockets, Optional<Predecessor> predecessor) {
    this.sockets = sockets;
    this.predecessor = predecessor;
  }

  /** What systemd has passed on, if it has. */
  public static Inheritance fromSystemd(Map<String, String> environment) {
    return new Inheritance(
        InheritedSockets.of(descriptors(environment, ProcessHandle.current().pid())),
        Optional.empty());
  }

  /**
   * What the process that is reached there hands over, which then frees its admin addresses; empty
   * if there is none.
   *
   * @throws GatewayException if it does not
   */
  public static Optional<Inheritance> fromPredecessor(Path socket) {
    Optional<Predecessor> found = Predecessor.at(socket);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try {
      InheritedSockets sockets = found.get().sockets();
      found.get().free();
      return Optional.of(new Inheritance(sockets, found));
    } catch (RuntimeException failure) {
      found.get().close();
      throw failure;
    }
  }

  /**
   * Where a process waits for its successor: in the unit's runtime folder, else beside a SQLite
   * database, else beside the configuration.
   */
  public static Path place(Configuration configuration, Map<String, String> environment) {
    String runtime = environment.get("RUNTIME_DIRECTORY");
    String name = "take-over.sock";
    if (runtime != null) {
      return Path.of(runtime.split(":", -1)[0], name);
    }
    return switch (configuration.store().database()) {
      case Database.Sqlite(Path file) -> file.toAbsolutePath().resolveSibling(name);
      case Database.Postgres _ -> configuration.file().toAbsolutePath().resolveSibling(name);
    };
  }

  /** Descriptors that are passed to this very process. */
  static List<Integer> descriptors(Map<String, String> environment, long pid) {
    String count = environment.get("LISTEN_FDS");
    if (count == null || !String.valueOf(pid).equals(environment.get("LISTEN_PID"))) {
      return List.of();
    }
    int number;
    try {
      number = Integer.parseInt(count);
    } catch (NumberFormatException _) {
      number = -1;
    }
    if (number < 0 || number > MOST_DESCRIPTORS) {
      throw new GatewayException(
          "LISTEN_FDS is \"" + count + "\", not a number of sockets",
          "take LISTEN_FDS and LISTEN_PID out of the environment");
    }
    return IntStream.range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + number).boxed().toList();
  }

  public InheritedSockets sockets() {
    return sockets;
  }

  /**
   * We accept on those that we have listeners for. A predecessor drains now.
   *
   * @throws GatewayException if systemd has passed on sockets without a listener
   */
  public void started() {
    if (predecessor.isPresent()) {
      predecessor.get().succeed();
    } else {
      sockets.requireAllTaken();
    }
    close();
  }

  @Override
  public void close() {
    sockets.closeLeft();
    predecessor.ifPresent(Predecessor::close);
  }
}
