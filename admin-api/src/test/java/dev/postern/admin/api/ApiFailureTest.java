package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.AdminServer;
import dev.postern.admin.view.Json;
import dev.postern.admin.view.UpstreamSettings;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.testing.LogLines;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A fault of ours is told as the document says. */
class ApiFailureTest {
  /** Fails whenever it is asked for its store. */
  private record Broken() implements Site {
    @Override
    public Optional<Store> store() {
      throw new IllegalStateException("broken on purpose");
    }

    @Override
    public Set<String> upstreams() {
      return Set.of();
    }

    @Override
    public List<UpstreamSettings> upstreamSettings() {
      return List.of();
    }

    @Override
    public Optional<String> objection(Cidr network, InetAddress caller) {
      return Optional.empty();
    }

    @Override
    public Optional<URI> consentPage(String user, String upstream, Actor actor) {
      return Optional.empty();
    }
  }

  @Test
  void whatNobodyThoughtOfIsAnInternalErrorAndInTheLog() throws Exception {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (LogLines log = new LogLines();
        AdminServer server =
            AdminServer.start(
                new AdminConfig(new Bind("127.0.0.1", 0), Optional.empty()),
                metrics,
                List::of,
                (_, _) -> Optional.empty(),
                new ApiRoutes(new Broken(), Clock.systemUTC(), metrics, "1.2.3"));
        HttpClient client = HttpClient.newHttpClient()) {
      URI address =
          URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + "/api/v1/token");

      HttpResponse<String> answer =
          client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(Json.parse(answer.body()).path("type").stringValue())
          .isEqualTo("urn:postern:problem:internal");
      assertThat(answer.body()).doesNotContain("broken on purpose");
      assertThat(log.lines().toString()).contains("failed");
    }
  }
}
