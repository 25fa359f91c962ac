package dev.postern.deploy.peers;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Shows a page of metrics in Prometheus' own format to whoever comes, whatever he likes best: a
 * Prometheus of today asks for OpenMetrics and would never see the other.
 */
record PageInText(HttpServer server) implements AutoCloseable {

  static PageInText of(String metrics) throws IOException {
    byte[] page = metrics.getBytes(StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext(
        "/metrics",
        request -> {
          request.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          request.sendResponseHeaders(200, page.length);
          try (OutputStream body = request.getResponseBody()) {
            body.write(page);
          }
        });
    server.start();
    return new PageInText(server);
  }

  /** Has Prometheus scrape this too, as job {@code text}. */
  Path andScraped(Path configuration) throws IOException {
    String job =
        """
          - job_name: text
            static_configs:
              - targets: ["127.0.0.1:%d"]
        """
            .formatted(server.getAddress().getPort());
    return Files.writeString(configuration, Files.readString(configuration) + job);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
