package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.HealthSource.Part;
import dev.postern.admin.TestAuthority.Issued;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.api.TestSite;
import dev.postern.store.testing.LogLines;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpTlsTest {
  private static final HttpSecurity.Tls FILES = files(Optional.empty(), true);

  private final TestAuthority authority = new TestAuthority();
  private final AtomicReference<TlsKeys> keys =
      new AtomicReference<>(authority.keys(authority.issue("first"), List.of()));
  private final AtomicReference<HealthSource> health = new AtomicReference<>(List::of);
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void speaksTlsAndTellsBrowsersToComeWithItAlone() throws Exception {
    AdminServer server = start(bind(FILES), Optional.of(bind(FILES)));

    for (int port : List.of(server.adminAddress().getPort(), server.metricsAddress().getPort())) {
      HttpResponse<String> answer = get(authority.client(Optional.empty()), port, "/nothing");

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.headers().firstValue("Strict-Transport-Security"))
          .contains("max-age=31536000");
    }
  }

  @Test
  void withoutTlsBrowsersAreToldNothingOfTheKind() throws Exception {
    AdminServer server = start(new Bind("127.0.0.1", 0), Optional.empty());
    URI address = URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + "/");

    HttpResponse<String> answer =
        client(HttpClient.newBuilder()).send(request(address), BodyHandlers.ofString());

    assertThat(answer.headers().map()).doesNotContainKey("strict-transport-security");
  }

  @Test
  void speaksNewVersionsAndChoosesNothingByAlpn() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());

    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      SSLSocket socket = socket(server, authority.client(Optional.empty()));
      socket.setEnabledProtocols(new String[] {version});
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);

      assertThat(exchange(socket)).startsWith("HTTP/1.1 200");
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
      assertThat(socket.getApplicationProtocol()).isEmpty();
    }
  }

  @Test
  void refusesOneDotTwoWhereOnlyOneDotThreeIsToBeSpoken() throws Exception {
    AdminServer server = start(bind(files(Optional.empty(), false)), Optional.empty());
    SSLSocket socket = socket(server, authority.client(Optional.empty()));
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});

    assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    assertThat(exchange(socket(server, authority.client(Optional.empty()))))
        .startsWith("HTTP/1.1 200");
  }

  /** The JDK's client would not even offer it. */
  @Test
  void refusesOneDotOne() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());
    try (Socket socket = plain(server)) {
      socket
          .getOutputStream()
          .write(
              HexFormat.of()
                  .parseHex(
                      "160301002f0100002b0302"
                          + "00".repeat(32)
                          + "00" // no session
                          + "0004c009c013" // ECDHE with AES and SHA
                          + "0100"));

      byte[] alert = socket.getInputStream().readNBytes(7);

      assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
      assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
    }
  }

  @Test
  void refusesSuitesThatAreWeakerThanTheyNeedBe() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());
    SSLSocket socket = socket(server, authority.client(Optional.empty()));
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});

    assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
  }

  @Test
  void answersNothingInClear() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());
    try (Socket socket = plain(server)) {
      socket
          .getOutputStream()
          .write(
              "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .doesNotContain("HTTP");
    }
  }

  @Test
  void letsOnlyClientsInWithACertificateOfTheirCa() throws Exception {
    TestAuthority clients = new TestAuthority();
    keys.set(authority.keys(authority.issue("server"), List.of(clients.certificate())));
    AdminServer server = start(bind(FILES), Optional.empty());
    int port = server.adminAddress().getPort();

    Issued right = clients.issue("operator");
    Issued wrong = new TestAuthority().issue("operator");

    assertThat(get(authority.client(Optional.of(right)), port, "/health/live").statusCode())
        .isEqualTo(200);
    for (Optional<Issued> other : List.of(Optional.<Issued>empty(), Optional.of(wrong))) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        SSLSocket socket = socket(server, authority.client(other));
        socket.setEnabledProtocols(new String[] {version});
        assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
      }
    }
  }

  /** Also those of the CAs that the machine believes, and the listener's own, are nobody there. */
  @Test
  void theCaOfTheListenersCertificateIsNotThatOfClients() throws Exception {
    keys.set(authority.keys(authority.issue("a"), List.of(new TestAuthority().certificate())));
    AdminServer server = start(bind(FILES), Optional.empty());

    SSLSocket socket = socket(server, authority.client(Optional.of(authority.issue("b"))));
    assertThatThrownBy(() -> exchange(socket)).isInstanceOf(IOException.class);
  }

  @Test
  void newKeysAreForNewConnectionsAndOldOnesGoOn() throws Exception {
    AdminServer server = start(bind(FILES), Optional.of(bind(FILES)));
    SSLContext client = authority.client(Optional.empty());
    SSLSocket before = socket(server, client);
    assertThat(exchange(before)).startsWith("HTTP/1.1 200");
    Issued second = authority.issue("second");
    keys.set(authority.keys(second, List.of()));

    server.prepare(new AdminConfig(bind(FILES), Optional.of(bind(FILES))), _ -> keys.get()).run();

    assertThat(exchange(before)).startsWith("HTTP/1.1 200");
    assertThat(shown(before)).isEqualTo("CN=first");
    SSLSocket after = socket(server, client);
    assertThat(exchange(after)).startsWith("HTTP/1.1 200");
    assertThat(shown(after)).isEqualTo("CN=second");
    assertThat(server.certificates()).containsExactly(second.certificate());
  }

  @Test
  void whatIsPreparedIsNotYetInUse() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());
    keys.set(authority.keys(authority.issue("second"), List.of()));

    Runnable _ = server.prepare(new AdminConfig(bind(FILES), Optional.empty()), _ -> keys.get());

    SSLSocket socket = socket(server, authority.client(Optional.empty()));
    socket.startHandshake();
    assertThat(shown(socket)).isEqualTo("CN=first");
  }

  @Test
  void aRequestUnderWayIsAnsweredAllTheSame() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    health.set(() -> {
      asked.countDown();
      return List.of(new Part("database", isOpened(goOn), true, ""));
    });
    AdminServer server = start(bind(FILES), Optional.empty());
    HttpClient client =
        client(HttpClient.newBuilder().sslContext(authority.client(Optional.empty())));
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request(address(server.adminAddress().getPort(), "/health/ready")),
            BodyHandlers.ofString());
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    keys.set(authority.keys(authority.issue("second"), List.of()));

    server.prepare(new AdminConfig(bind(FILES), Optional.empty()), _ -> keys.get()).run();
    goOn.countDown();

    assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
  }

  @Test
  void aClientCaThatComesLaterCountsFromThenOn() throws Exception {
    AdminServer server = start(bind(FILES), Optional.empty());
    SSLContext client = authority.client(Optional.empty());
    assertThat(exchange(socket(server, client))).startsWith("HTTP/1.1 200");
    TestAuthority clients = new TestAuthority();
    keys.set(authority.keys(authority.issue("server"), List.of(clients.certificate())));

    server.prepare(new AdminConfig(bind(FILES), Optional.empty()), _ -> keys.get()).run();

    // The same context, so that a session of before could be resumed.
    SSLSocket resumed = socket(server, client);
    assertThatThrownBy(() -> exchange(resumed)).isInstanceOf(IOException.class);
  }

  @Test
  void saysAtStartThatItSpeaksClearTextWhereOthersReachIt() {
    try (LogLines log = new LogLines()) {
      AdminServer server =
          start(new Bind("0.0.0.0", 0, new HttpSecurity.Clear(true)), Optional.empty());

      assertThat(server.adminAddress().getAddress().isAnyLocalAddress()).isTrue();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("clear text at 0.0.0.0:0", "admin.allow-cleartext");
    }
  }

  @Test
  void withTlsItMayBeWhereOthersReachIt() throws Exception {
    try (LogLines log = new LogLines()) {
      AdminServer server = start(new Bind("0.0.0.0", 0, FILES), Optional.empty());

      assertThat(exchange(socket(server, authority.client(Optional.empty()))))
          .startsWith("HTTP/1.1 200");
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void neverShowsAKey() {
    assertThat(keys.get().toString()).isEqualTo("TlsKeys[CN=first]");
  }

  private static boolean isOpened(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpSecurity.Tls files(Optional<Path> clientCa, boolean takesTls12) {
    return new HttpSecurity.Tls(Path.of("cert.pem"), Path.of("key.pem"), clientCa, takesTls12);
  }

  private static Bind bind(HttpSecurity.Tls tls) {
    return new Bind("127.0.0.1", 0, tls);
  }

  private AdminServer start(Bind admin, Optional<Bind> metrics) {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    AdminServer server =
        AdminServer.start(
            new AdminConfig(admin, metrics),
            _ -> keys.get(),
            meters,
            () -> health.get().parts(),
            (_, _) -> Optional.empty(),
            new ApiRoutes(new TestSite(Optional.empty()), Clock.systemUTC(), meters, "1.2.3"));
    open.add(server);
    return server;
  }

  private HttpResponse<String> get(SSLContext context, int port, String path) throws Exception {
    return client(HttpClient.newBuilder().sslContext(context))
        .send(request(address(port, path)), BodyHandlers.ofString());
  }

  private HttpClient client(HttpClient.Builder builder) {
    HttpClient client = builder.connectTimeout(Duration.ofSeconds(10)).build();
    open.add(client);
    return client;
  }

  private static URI address(int port, String path) {
    return URI.create("https://127.0.0.1:" + port + path);
  }

  private static HttpRequest request(URI address) {
    return HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build();
  }

  private static Socket plain(AdminServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.adminAddress().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private SSLSocket socket(AdminServer server, SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.metricsAddress().getPort());
    open.add(socket);
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** The status line of a kept-alive request on this connection; its answer is read whole. */
  private static String exchange(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        throw new IOException("closed after " + head);
      }
      head.append((char) octet);
    }
    String length = head.toString().replaceAll("(?is).*content-length: *([0-9]+).*", "$1");
    byte[] _ = in.readNBytes(Integer.parseInt(length));
    return head.toString();
  }

  private static String shown(SSLSocket socket) throws IOException {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .toString();
  }
}
