package dev.postern.admin.api;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.AdminServer;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The API over a store of its own, with a token for each role. */
final class ApiServer implements AutoCloseable {
  static final String DOMAIN = "example.com";

  private final Store store;
  private final AdminServer server;
  private final Map<Role, String> tokens = new EnumMap<>(Role.class);
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  ApiServer(StoreConfig.Database database) {
    this(database, Clock.systemUTC());
  }

  ApiServer(StoreConfig.Database database, Clock clock) {
    this(database, clock, PacedBody.Pace.USUAL);
  }

  ApiServer(StoreConfig.Database database, Clock clock, PacedBody.Pace pace) {
    this.store = Store.open(TestConfig.of(database), Store.Schema.MIGRATE, clock);
    store.joinAsNode("test");
    for (Role role : Role.values()) {
      tokens.put(role, made(role));
    }
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    this.server =
        AdminServer.start(
            new AdminConfig(new Bind("127.0.0.1", 0), Optional.empty()),
            metrics,
            List::of,
            (_, _) -> Optional.empty(),
            new ApiRoutes(new TestSite(Optional.of(store)), clock, metrics, "1.2.3", pace));
  }

  private String made(Role role) {
    IssuedApiToken issued =
        store
            .apiTokens()
            .create(
                new NewApiToken(
                    "test " + role.word(),
                    role,
                    role == Role.ISSUER ? Set.of(DOMAIN) : Set.of(),
                    Optional.empty()),
                TestConfig.ACTOR);
    try (Secret secret = issued.secret()) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }
  }

  String token(Role role) {
    return tokens.getOrDefault(role, "");
  }

  Store store() {
    return store;
  }

  URI address(String target) {
    return URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + target);
  }

  /** A request that is not sent yet; {@code target} begins with a slash. */
  HttpRequest.Builder request(Role role, String target) {
    return HttpRequest.newBuilder(address(target))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + tokens.get(role));
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString());
  }

  HttpResponse<String> get(Role role, String target) throws IOException, InterruptedException {
    return send(request(role, target).build());
  }

  HttpResponse<String> delete(Role role, String target) throws IOException, InterruptedException {
    return send(request(role, target).DELETE().build());
  }

  /** With a JSON body. */
  HttpResponse<String> send(Role role, String method, String target, String json)
      throws IOException, InterruptedException {
    return send(
        request(role, target)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(json))
            .build());
  }

  @Override
  public void close() {
    client.close();
    server.close();
    store.close();
  }
}
