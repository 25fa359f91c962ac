package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Postern as the store of app passwords for the proxies that a site has. */
@Tag("peers")
class DropInTest {
  private static final String ALICE = "alice@example.test";
  private static final String WRONG = "not-an-app-password";

  @Test
  void nginxLetsInWhoHasAnAppPasswordAndNobodyElse() throws Exception {
    try (MailHouse house = MailHouse.open(List.of(ALICE))) {
      configure(house);
      try (PosternServer postern = house.site().serve();
          NginxMailProxy nginx =
              NginxMailProxy.start(
                  house.folder(), house.certificates(), postern.authService(), token(house))) {
        String secret = appPassword(house, postern);

        assertThat(imap(house, nginx.imaps(), ALICE, secret).out()).contains("INBOX");
        assertThat(curl(house, "pop3s", nginx.pop3s(), ALICE, secret).exit()).isZero();
        assertThat(send(house, nginx.smtps(), ALICE, secret).exit()).isZero();

        for (String password : List.of(WRONG, DovecotServer.USER_PASSWORD, secret + "x")) {
          assertThat(imap(house, nginx.imaps(), ALICE, password).exit()).isEqualTo(67);
          assertThat(send(house, nginx.smtps(), ALICE, password).exit()).isEqualTo(67);
        }
        assertThat(curl(house, "pop3s", nginx.pop3s(), ALICE, WRONG).exit()).isEqualTo(67);
        // What it is told of the upstream is none of its clients'.
        assertThat(
                imap(house, nginx.imaps(), ALICE + "*postern", DovecotServer.MASTER_PASSWORD)
                    .exit())
            .isEqualTo(67);
        assertThat(nginx.logged()).doesNotContain("auth http server", "did not send");
      }
    }
  }

  @Test
  void namesAndSecretsBringNginxNothingOfTheirOwn() throws Exception {
    try (MailHouse house = MailHouse.open(List.of(ALICE))) {
      configure(house);
      try (PosternServer postern = house.site().serve();
          NginxMailProxy nginx =
              NginxMailProxy.start(
                  house.folder(), house.certificates(), postern.authService(), token(house))) {
        String secret = appPassword(house, postern);
        String forged =
            "\r\nAuth-Status: OK\r\nAuth-Server: 127.0.0.1\r\nAuth-Port: "
                + house.dovecot().imap()
                + "\r\nAuth-User: "
                + ALICE
                + "\r\n\r\n";

        assertThat(login(nginx.imap(), ALICE, secret)).startsWith("a OK");
        for (String name : List.of(ALICE + forged, forged, ALICE + "%0d%0aAuth-Status: OK")) {
          assertThat(login(nginx.imap(), name, secret)).startsWith("a NO [AUTHENTICATIONFAILED]");
        }
        assertThat(login(nginx.imap(), ALICE, secret + forged))
            .startsWith("a NO [AUTHENTICATIONFAILED]");
        assertThat(login(nginx.imap(), ALICE, "caf\u00e9 100% + more"))
            .startsWith("a NO [AUTHENTICATIONFAILED]");
        assertThat(postern.process().printed()).doesNotContain("Auth-Status", secret);
      }
    }
  }

  @Test
  void dovecotLetsInWhoHasAnAppPasswordAndNobodyElse() throws Exception {
    try (MailHouse house = MailHouse.open(List.of(ALICE))) {
      configure(house);
      try (PosternServer postern = house.site().serve();
          DovecotWithPostern dovecot =
              DovecotWithPostern.start(
                  house.folder(), house.certificates(), postern.authService(), token(house))) {
        String secret = appPassword(house, postern);

        assertThat(imap(house, dovecot.imaps(), ALICE, secret).out())
            .withFailMessage(dovecot::logged)
            .contains("INBOX");
        assertThat(Files.isDirectory(house.folder().path().resolve("lua/mail/" + ALICE))).isTrue();
        for (String password : List.of(WRONG, "\"}{\\ caf\u00e9 \u0001", secret + "x")) {
          assertThat(imap(house, dovecot.imaps(), ALICE, password).exit()).isEqualTo(67);
        }
        assertThat(dovecot.asked(ALICE, secret, "-x", "secured").exit()).isZero();
        assertThat(dovecot.asked(ALICE, secret).exit()).isNotZero();
        for (String bytes :
            List.of("caf\u00e9", "\u00ff\u00fe", secret + "\u00c3", "x".repeat(3000))) {
          assertThat(plain(house, dovecot.imaps(), ALICE, bytes))
              .contains("a NO [AUTHENTICATIONFAILED]");
        }
        assertThat(plain(house, dovecot.imaps(), ALICE, secret)).contains("a OK");
        assertThat(dovecot.logged()).doesNotContain("no answer");

        revokeAll(house);
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> imap(house, dovecot.imaps(), ALICE, secret).exit() == 67);
        postern.process().kill();
        assertThat(imap(house, dovecot.imaps(), ALICE, secret).exit()).isNotZero();
        assertThat(dovecot.logged()).contains("Postern gave no answer");
      }
    }
  }

  /** Everybody at one more upstream, which takes passwords in clear. */
  private static void configure(MailHouse house) throws IOException {
    String before = Files.readString(house.site().configuration());
    String plain =
        """
        upstreams:
          plain:
            imap: "imap://127.0.0.1:%d"
            pop3: "pop3://127.0.0.1:%d"
            submission: "submission://127.0.0.1:%d"
            login: { method: master-user, user: %s, password: "${file:secrets/master}", separator: "*",
                     shared-with: [ implicit, starttls, watched, told ] }
        """
            .formatted(
                house.dovecot().imap(),
                house.dovecot().pop3(),
                house.postfix().trusting(),
                DovecotServer.MASTER_USER);
    Files.writeString(
        house.site().configuration(),
        before
                .replace("upstreams:\n", plain)
                .replace(
                    "{ match: \"*\", upstream: implicit }", "{ match: \"*\", upstream: plain }")
            + "auth-service: { bind: \"127.0.0.1:0\" }\n");
  }

  private static String token(MailHouse house) {
    return house
        .site()
        .run("token", "create", "proxy", "--role", "verifier")
        .path("token")
        .stringValue();
  }

  /** Made through the API, as a portal does. */
  private static String appPassword(MailHouse house, PosternServer postern) {
    String operator =
        house
            .site()
            .run("token", "create", "portal", "--role", "operator")
            .path("token")
            .stringValue();
    api(postern, operator, "/users", "{\"user\":\"" + ALICE + "\"}");
    return api(
            postern,
            operator,
            "/users/alice%40example.test/app-passwords",
            "{\"label\":\"Phone\",\"scopes\":[\"imap\",\"pop3\",\"submission\"]}")
        .path("password")
        .stringValue();
  }

  private static JsonNode api(PosternServer postern, String token, String path, String body) {
    return JsonMapper.shared()
        .readTree(
            Program.run(
                    "curl",
                    "-sS",
                    "--fail-with-body",
                    "-H",
                    "Authorization: Bearer " + token,
                    "--json",
                    body,
                    "http://127.0.0.1:" + postern.admin() + "/api/v1" + path)
                .succeeded()
                .out());
  }

  private static void revokeAll(MailHouse house) {
    house.site().run("app-password", "revoke", "--user", ALICE, "--all");
  }

  private static Program.Result imap(MailHouse house, int port, String user, String password) {
    return curl(house, "imaps", port, user, password);
  }

  private static Program.Result send(MailHouse house, int port, String user, String password) {
    String letter = house.folder().write("letter.eml", "Subject: drop-in\n\nhere\n").toString();
    return curl(
        house,
        "smtps",
        port,
        user,
        password,
        "--mail-from",
        ALICE,
        "--mail-rcpt",
        ALICE,
        "--upload-file",
        letter);
  }

  private static Program.Result curl(
      MailHouse house, String scheme, int port, String user, String password, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-sS",
                "--max-time",
                "30",
                "--cacert",
                house.certificates().ca().toString(),
                "--user",
                user + ":" + password,
                scheme + "://localhost:" + port + "/"));
    command.addAll(List.of(more));
    return Program.run(command, "", Duration.ofMinutes(1), Map.of());
  }

  /**
   * AUTHENTICATE PLAIN over TLS; all that is answered.
   *
   * @param password a character for each byte
   */
  private static String plain(MailHouse house, int port, String user, String password) {
    String message =
        Base64.getEncoder()
            .encodeToString(("\0" + user + "\0" + password).getBytes(StandardCharsets.ISO_8859_1));
    return Program.run(
            List.of(
                "openssl",
                "s_client",
                "-quiet",
                "-CAfile",
                house.certificates().ca().toString(),
                "-connect",
                "localhost:" + port),
            "a AUTHENTICATE PLAIN " + message + "\r\nb LOGOUT\r\n",
            Duration.ofMinutes(1),
            Map.of())
        .out();
  }

  /** LOGIN with literals, which may hold anything; the tagged answer. */
  private static String login(int port, String user, String password) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      assertThat(in.readLine()).startsWith("* OK");
      byte[] name = user.getBytes(StandardCharsets.UTF_8);
      byte[] secret = password.getBytes(StandardCharsets.UTF_8);
      say(socket, "a LOGIN {" + name.length + "}\r\n");
      assertThat(in.readLine()).startsWith("+");
      socket.getOutputStream().write(name);
      say(socket, " {" + secret.length + "}\r\n");
      assertThat(in.readLine()).startsWith("+");
      socket.getOutputStream().write(secret);
      say(socket, "\r\n");
      return in.readLine();
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }
}
