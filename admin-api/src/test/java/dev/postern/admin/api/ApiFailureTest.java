package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.AdminServer;
import dev.postern.admin.api.Document.Described;
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
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.util.ArrayList;
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
    try (LogLines log = new LogLines();
        AdminServer server = started(new Broken());
        HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = send(client, server, "GET", "/api/v1/token");

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(Json.parse(answer.body()).path("type").stringValue())
          .isEqualTo("urn:postern:problem:internal");
      assertThat(answer.body()).doesNotContain("broken on purpose");
      assertThat(log.lines().toString()).contains("failed");
    }
  }

  @Test
  void eachOperationTellsToComeAgainWhileTheServerIsStarting() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (AdminServer server = started(new TestSite(Optional.empty()));
        HttpClient client = HttpClient.newHttpClient()) {
      Document document =
          new Document(Json.parse(send(client, server, "GET", "/openapi.json").body()));
      for (Described operation : document.operations()) {
        HttpResponse<String> answer = send(client, server, operation.method(), operation.target());
        if (answer.statusCode() != 503) {
          wrong.add(operation.id() + ": " + answer.statusCode() + " " + answer.body());
        }
        wrong.addAll(document.misfits(operation, answer));
      }
      assertThat(document.operations()).hasSizeGreaterThan(40);
    }
    assertThat(wrong).isEmpty();
  }

  private static AdminServer started(Site site) {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    return AdminServer.start(
        new AdminConfig(new Bind("127.0.0.1", 0), Optional.empty()),
        metrics,
        List::of,
        (_, _) -> Optional.empty(),
        new ApiRoutes(site, Clock.systemUTC(), metrics, "1.2.3"));
  }

  private static HttpResponse<String> send(
      HttpClient client, AdminServer server, String method, String target) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + target);
    return client.send(
        HttpRequest.newBuilder(address).method(method, BodyPublishers.noBody()).build(),
        BodyHandlers.ofString());
  }
}
