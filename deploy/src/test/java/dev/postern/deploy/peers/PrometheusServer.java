package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Prometheus. */
record PrometheusServer(PeerProcess process, int port) implements AutoCloseable {

  static PrometheusServer start(PeerFolder folder, Path configuration) {
    int port = FreePorts.one();
    PeerProcess process =
        PeerProcess.start(
            "prometheus",
            folder.path().resolve("prometheus.log"),
            List.of(
                Program.find("prometheus"),
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + folder.path().resolve("prometheus"),
                "--web.listen-address=127.0.0.1:" + port,
                "--enable-feature=exemplar-storage"));
    return new PrometheusServer(process.awaitPorts(List.of(port)), port);
  }

  /** The result of an instant query: a list of samples. */
  JsonNode query(String expression) {
    return ask("query?query=" + encoded(expression)).path("result");
  }

  /** Those of the last ten minutes, of all series that the expression selects. */
  List<JsonNode> exemplars(String expression) {
    long now = Instant.now().getEpochSecond();
    List<JsonNode> exemplars = new ArrayList<>();
    ask("query_exemplars?query="
            + encoded(expression)
            + "&start="
            + (now - 600)
            + "&end="
            + (now + 60))
        .forEach(series -> series.path("exemplars").forEach(exemplars::add));
    return exemplars;
  }

  /** Alerts that are pending or firing. */
  List<JsonNode> alerts() {
    List<JsonNode> alerts = new ArrayList<>();
    ask("alerts").path("alerts").forEach(alerts::add);
    return alerts;
  }

  private static String encoded(String expression) {
    return URLEncoder.encode(expression, StandardCharsets.UTF_8);
  }

  private JsonNode ask(String what) {
    URI address = URI.create("http://127.0.0.1:" + port + "/api/v1/" + what);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10)).build();
      String body = client.send(request, BodyHandlers.ofString()).body();
      return JsonMapper.shared().readTree(body).path("data");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stopped);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
