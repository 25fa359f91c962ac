package dev.postern.admin.api;

import io.javalin.http.Context;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;

/**
 * How long the connection of a request may be silent while somebody waits for its body: the
 * listener alone would wait for as long as a connection may be idle.
 */
final class Silence {
  private final EndPoint connection;
  private final long usualMillis;

  private Silence(EndPoint connection) {
    this.connection = connection;
    this.usualMillis = connection.getIdleTimeout();
  }

  static Silence of(Context request) {
    return new Silence(
        ServletContextRequest.getServletContextRequest(request.req())
            .getConnectionMetaData()
            .getConnection()
            .getEndPoint());
  }

  /** So long at most from now, or as usual if that is shorter; a read fails then. */
  void limit(Duration longest) {
    connection.setIdleTimeout(Math.clamp(longest.toMillis(), 1, usualMillis));
  }

  /** As ever. */
  void lift() {
    connection.setIdleTimeout(usualMillis);
  }
}
