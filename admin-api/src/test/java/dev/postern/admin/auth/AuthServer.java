package dev.postern.admin.auth;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.AdminServer;
import dev.postern.admin.TlsKeys;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.api.TestSite;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** The listener for other programs over a store of its own, with a user who has an app password. */
final class AuthServer implements AutoCloseable, AuthDesk {
  static final String ALICE = "alice@example.com";

  private final Store store;
  private final AdminServer server;
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final IssuedAppPassword appPassword;
  private final String secret;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  volatile Duration failureDelay = Duration.ofMillis(1);
  volatile int failuresPerMinute = 100;
  volatile boolean isStarting;
  volatile String upstreamUser = "alice@example.com*master";
  volatile String upstreamAddress = "192.0.2.7";
  volatile String upstreamPassword = "m%ster p\u00e4ss";
  volatile Optional<String> obstacle = Optional.empty();

  AuthServer(StoreConfig.Database database) {
    this(
        TestConfig.of(database),
        new Bind("127.0.0.1", 0),
        _ -> {
          throw new AssertionError("nothing here has TLS");
        });
  }

  /**
   * One with a store or a listener of another kind.
   *
   * @param keys of that listener
   */
  AuthServer(StoreConfig config, Bind service, TlsKeys.Reader keys) {
    store = Store.open(config, Store.Schema.MIGRATE, Clock.systemUTC());
    store.joinAsNode("test");
    store.users().add(ALICE, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    appPassword = store.appPasswords().create(ALICE, TestConfig.spec("Phone"), TestConfig.ACTOR);
    secret = text(appPassword.secret());
    server =
        AdminServer.start(
            new AdminConfig(
                new Bind("127.0.0.1", 0), Optional.empty(), Optional.of(service), Optional.empty()),
            keys,
            metrics,
            List::of,
            (_, _) -> Optional.empty(),
            new ApiRoutes(new TestSite(Optional.of(store)), Clock.systemUTC(), metrics, "1.2.3"),
            new AuthRoutes(this, Clock.systemUTC(), metrics));
  }

  private static String text(Secret secret) {
    try (secret) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }
  }

  @Override
  public Optional<Store> store() {
    return isStarting ? Optional.empty() : Optional.of(store);
  }

  @Override
  public Duration failureDelay() {
    return failureDelay;
  }

  @Override
  public int failuresPerMinute() {
    return failuresPerMinute;
  }

  @Override
  public Optional<Place> place(Grant grant, Scope protocol) {
    return Optional.of(new Place("mailstore", grant.upstreamUser()));
  }

  @Override
  public Handover handover(Grant grant, Scope protocol) {
    return obstacle
        .<Handover>map(why -> new Handover.Not("mailstore", why))
        .orElseGet(() ->
            new Handover.With(
                "mailstore", upstreamAddress, 143, upstreamUser, Secret.ofText(upstreamPassword)));
  }

  String appPassword() {
    return secret;
  }

  /** A secret that is right for somebody else. */
  String strangersAppPassword() {
    store.users().add("bob@example.com", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    return text(
        store
            .appPasswords()
            .create("bob@example.com", TestConfig.spec("Phone"), TestConfig.ACTOR)
            .secret());
  }

  String appPasswordId() {
    return appPassword.appPassword().id();
  }

  String scrape() {
    return metrics.scrape();
  }

  Store open() {
    return store;
  }

  String token(String name, Role role) {
    IssuedApiToken issued =
        store
            .apiTokens()
            .create(
                new NewApiToken(
                    name,
                    role,
                    role == Role.ISSUER ? Set.of("example.com") : Set.of(),
                    Optional.empty()),
                TestConfig.ACTOR);
    return text(issued.secret());
  }

  private int port() {
    return server.authServiceAddress().orElseThrow().getPort();
  }

  URI admin(String target) {
    return URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + target);
  }

  HttpResponse<String> get(URI address) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String token, String path, String json)
      throws IOException, InterruptedException {
    return post(token, path, json.getBytes(StandardCharsets.UTF_8));
  }

  HttpResponse<String> post(String token, String path, byte[] json)
      throws IOException, InterruptedException {
    return client.send(request("http", token, path, json), BodyHandlers.ofString());
  }

  /** Over TLS, to a listener that speaks it. */
  HttpResponse<String> post(SSLContext context, String token, String path, String json)
      throws IOException, InterruptedException {
    try (HttpClient other =
        HttpClient.newBuilder()
            .sslContext(context)
            .connectTimeout(Duration.ofSeconds(10))
            .build()) {
      return other.send(
          request("https", token, path, json.getBytes(StandardCharsets.UTF_8)),
          BodyHandlers.ofString());
    }
  }

  private HttpRequest request(String scheme, String token, String path, byte[] json) {
    return HttpRequest.newBuilder(URI.create(scheme + "://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(json))
        .build();
  }

  /** What is shown there. */
  List<X509Certificate> certificates() {
    return server.certificates();
  }

  /** Reads the files of the listeners again, and puts them in use. */
  void reload(Bind service, TlsKeys.Reader keys) {
    server
        .prepare(
            new AdminConfig(
                new Bind("127.0.0.1", 0), Optional.empty(), Optional.of(service), Optional.empty()),
            keys)
        .run();
  }

  /** Sends what nginx sends, with these header fields; the whole answer, a character a byte. */
  String nginx(String token, String... fields) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(30_000);
      String request =
          "GET /auth/nginx HTTP/1.0\r\nHost: 127.0.0.1\r\n"
              + String.join("\r\n", fields)
              + "\r\nAuthorization: Bearer "
              + token
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
    store.close();
  }
}
