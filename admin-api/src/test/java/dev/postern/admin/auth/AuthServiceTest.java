package dev.postern.admin.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.Role;
import dev.postern.store.audit.SignIns;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class AuthServiceTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final AuthServer server;
  private final String token;

  /** An app password of somebody else. */
  private final String wrong;

  AuthServiceTest(@TempDir Path folder) {
    server = new AuthServer(new SqliteFiles(folder).fresh());
    token = server.token("proxy", Role.VERIFIER);
    wrong = server.strangersAppPassword();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void saysWhoseARightSecretIs() throws Exception {
    JsonNode answer = json(verify(question(server.appPassword())));

    assertThat(answer.path("outcome").stringValue()).isEqualTo("accepted");
    assertThat(answer.path("user").stringValue()).isEqualTo(AuthServer.ALICE);
    assertThat(answer.path("appPassword").stringValue()).isEqualTo(server.appPasswordId());
    assertThat(answer.path("upstream").stringValue()).isEqualTo("mailstore");
    assertThat(answer.path("upstreamUser").stringValue()).isEqualTo(AuthServer.ALICE);
    assertThat(server.scrape())
        .contains(
            "postern_login_attempts_total{mechanism=\"http\",outcome=\"accepted\",protocol=\"imap\"} 1.0");
  }

  @Test
  void saysTheSameOfAWrongSecretAndOfNobody() throws Exception {
    HttpResponse<String> somebody = verify(question(wrong));
    HttpResponse<String> nobody = verify(question(wrong).put("user", "nobody@example.com"));

    assertThat(json(somebody).path("outcome").stringValue()).isEqualTo("rejected");
    assertThat(nobody.body()).isEqualTo(somebody.body()).doesNotContain("unknown", "secret");
    assertThat(server.scrape())
        .contains("postern_login_refusals_total{protocol=\"imap\",reason=\"wrong-secret\"} 1.0")
        .contains("postern_login_refusals_total{protocol=\"imap\",reason=\"unknown-user\"} 1.0");
  }

  @Test
  void refusalsWaitAndRightOnesDoNot() throws Exception {
    server.failureDelay = Duration.ofMillis(700);

    long began = System.nanoTime();
    verify(question(server.appPassword()));
    Duration right = Duration.ofNanos(System.nanoTime() - began);
    began = System.nanoTime();
    verify(question(wrong));
    Duration refused = Duration.ofNanos(System.nanoTime() - began);

    assertThat(refused).isGreaterThanOrEqualTo(Duration.ofMillis(700));
    assertThat(right).isLessThan(refused);
  }

  @Test
  void whatIsRevokedIsRefused() throws Exception {
    server.open().appPasswords().revoke(server.appPasswordId(), "lost", TestConfig.ACTOR);

    assertThat(json(verify(question(server.appPassword()))).path("outcome").stringValue())
        .isEqualTo("rejected");
  }

  @Test
  void anAppPasswordForAnotherProtocolIsRefusedInWordsThatHelp() throws Exception {
    JsonNode answer = json(verify(question(server.appPassword()).put("protocol", "pop3")));

    assertThat(answer.path("outcome").stringValue()).isEqualTo("rejected");
    assertThat(answer.path("message").stringValue()).contains("not for this protocol");
  }

  @Test
  void aSecretThatCameInClearIsRefusedUnlessItCameFromHere() throws Exception {
    JsonNode fromAfar = json(verify(question(server.appPassword()).put("tls", false)));
    JsonNode fromHere =
        json(verify(question(server.appPassword()).put("tls", false).put("clientAddress", "::1")));

    assertThat(fromAfar.path("outcome").stringValue()).isEqualTo("rejected");
    assertThat(fromAfar.path("message").stringValue()).contains("Turn on TLS");
    assertThat(fromHere.path("outcome").stringValue()).isEqualTo("accepted");
  }

  @Test
  void theRecordHasTheAddressThatTheProgramStates() throws Exception {
    verify(
        question(wrong).put("clientAddress", "2001:db8::7%1").put("client", "K9\r\n\u202e mail"));

    await()
        .untilAsserted(() ->
            assertThat(signIns())
                .anyMatch(entry ->
                    entry.peer().equals(Optional.of(InetAddress.ofLiteral("2001:db8::7")))
                        && entry.mechanism().equals("http")
                        && entry.clientName().equals("K9 mail")
                        && entry.reason().equals("wrong-secret")));
  }

  @ParameterizedTest
  @CsvSource({
    "fe80::1%eth0,fe80::1",
    "fe80:0:0:0:abcd:abcd:abcd:abcd%enx001122334455,fe80::abcd:abcd:abcd:abcd",
    "fe80::1%1,fe80::1"
  })
  void anAddressOfTheLinkMayNameANetworkInterface(String stated, String known) throws Exception {
    assertThat(verify(question(wrong).put("clientAddress", stated)).statusCode()).isEqualTo(200);
    assertThat(dovecot(question(wrong).put("clientAddress", stated))).isEqualTo("fail\n");
    String[] fields = nginx("imap", wrong);
    fields[5] = "Client-IP: " + stated;
    assertThat(server.nginx(token, fields)).contains("Auth-Status: [AUTHENTICATIONFAILED]");

    await()
        .untilAsserted(() ->
            assertThat(signIns())
                .filteredOn(entry -> entry.peer().equals(Optional.of(InetAddress.ofLiteral(known))))
                .extracting(SignIns.Entry::mechanism)
                .contains("http", "dovecot", "nginx"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2001:db8::7%eth0",
        "2001:db8::7%lo",
        "192.0.2.1%eth0",
        "fe80::1%",
        "%eth0",
        "fe80::1%a%b%",
        ":%a"
      })
  void otherNamesInAnAddressAreRefused(String stated) throws Exception {
    assertThat(verify(question(wrong).put("clientAddress", stated)).statusCode()).isEqualTo(422);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ADMIN", "OPERATOR", "AUDITOR", "HELPDESK", "ISSUER"})
  void tokensOfOtherRolesVerifyNothing(Role role) throws Exception {
    String other = server.token("other", role);

    assertThat(server.post(other, "/auth/verify", question(server.appPassword()).toString()))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(403);
    assertThat(server.nginx(other, nginx("imap", server.appPassword())))
        .contains(" 403 ")
        .doesNotContain("Auth-Status");
  }

  @Test
  void withoutATokenThatWorksNothingIsSaid() throws Exception {
    HttpResponse<String> answer =
        server.post("ptk_nobody", "/auth/verify", question(server.appPassword()).toString());

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).doesNotContain("outcome");
  }

  @Test
  void theAdminPortVerifiesNothing() throws Exception {
    assertThat(server.get(server.admin("/auth/nginx")).statusCode()).isEqualTo(404);
  }

  @Test
  void whileItStartsItIsAskedToComeAgain() throws Exception {
    server.isStarting = true;

    HttpResponse<String> answer = verify(question(server.appPassword()));

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("1");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "protocol|smtp|/protocol",
        "clientAddress|mail.example.com|/clientAddress",
        "more|x|/more"
      },
      delimiter = '|')
  void aQuestionThatDoesNotFitIsRefusedWithoutBeingRepeated(
      String member, String value, String pointer) throws Exception {
    HttpResponse<String> answer = verify(question("hush-hush-hush-hush").put(member, value));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains(pointer.substring(1)).doesNotContain("hush");
  }

  @Test
  void aTokenWithTooManyRefusalsIsPutOffAndNoOther() throws Exception {
    server.failuresPerMinute = 3;
    String other = server.token("another proxy", Role.VERIFIER);
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < 3; i++) {
        assertThat(json(verify(question(wrong + i))).path("outcome").stringValue())
            .isEqualTo("rejected");
      }

      JsonNode late = json(verify(question(server.appPassword())));

      assertThat(late.path("outcome").stringValue()).isEqualTo("unavailable");
      assertThat(late.path("retryAfter").intValue()).isBetween(1, 60);
      assertThat(log.lines()).anyMatch(line -> line.contains("(proxy) had 3 refusals"));
    }
    assertThat(server.nginx(token, nginx("smtp", server.appPassword())))
        .contains("Auth-Error-Code: 454 4.7.0");
    assertThat(
            json(server.post(other, "/auth/verify", question(server.appPassword()).toString()))
                .path("outcome")
                .stringValue())
        .isEqualTo("accepted");
    assertThat(server.scrape()).contains("postern_auth_service_over_budget_total 2.0");
  }

  @Test
  void dovecotGetsLines() throws Exception {
    assertThat(dovecot(question(server.appPassword()))).isEqualTo("ok\n" + AuthServer.ALICE + "\n");
    assertThat(dovecot(question(wrong))).isEqualTo("fail\n");
    server.failuresPerMinute = 1;
    assertThat(dovecot(question(server.appPassword()))).isEqualTo("later\n");
  }

  /** A client that types in another encoding is not helped by coming again. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"caf\u00e9,-,wrong-shape", "-,caf\u00e9@example.com,unknown-user"})
  void bytesThatAreNoTextAreWrong(String password, String user, String reason) throws Exception {
    ObjectNode question =
        question(password == null ? server.appPassword() : password)
            .put("user", user == null ? AuthServer.ALICE : user);
    byte[] latin1 = question.toString().getBytes(StandardCharsets.ISO_8859_1);

    assertThat(server.post(token, "/auth/dovecot", latin1).body()).isEqualTo("fail\n");
    assertThat(server.scrape())
        .contains("postern_login_refusals_total{protocol=\"imap\",reason=\"" + reason + "\"} 1.0");
    assertThat(server.post(token, "/auth/verify", latin1))
        .extracting(HttpResponse::statusCode)
        .isEqualTo(400);
  }

  @Test
  void aSecretThatIsFarTooLongIsWrong() throws Exception {
    assertThat(dovecot(question("x".repeat(6000)))).isEqualTo("fail\n");
    assertThat(dovecot(question(server.appPassword()).put("user", "x".repeat(6000))))
        .isEqualTo("fail\n");
  }

  @Test
  void nginxLearnsWhereToGoAndAsWhom() throws Exception {
    String answer = server.nginx(token, nginx("imap", server.appPassword()));

    assertThat(answer.lines())
        .contains(
            "Auth-Status: OK",
            "Auth-Server: 192.0.2.7",
            "Auth-Port: 143",
            "Auth-User: alice@example.com*master",
            "Auth-Pass: m%ster p\u00c3\u00a4ss");
    assertThat(answer.length()).isLessThan(1024);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "imap|Auth-Status: [AUTHENTICATIONFAILED] Sign-in refused",
        "pop3|Auth-Status: [AUTH] Sign-in refused",
        "smtp|Auth-Status: Sign-in refused"
      })
  void nginxIsToldInTheWordsOfTheProtocol(String protocol, String words) throws Exception {
    String answer = server.nginx(token, nginx(protocol, wrong));

    assertThat(answer).contains(words, "Auth-Wait: 1").doesNotContain("Auth-Server", "Auth-Pass");
    assertThat(answer.contains("Auth-Error-Code: 535 5.7.8")).isEqualTo(protocol.equals("smtp"));
  }

  @Test
  void nginxClosesAfterTheThirdTry() throws Exception {
    String[] fields = nginx("imap", wrong);
    fields[4] = "Auth-Login-Attempt: 3";

    assertThat(server.nginx(token, fields)).contains("Auth-Status: [").doesNotContain("Auth-Wait");
  }

  @ParameterizedTest
  @ValueSource(strings = {"apop", "cram-md5", "external", "none", ""})
  void whatNeedsThePasswordItselfIsRefused(String method) throws Exception {
    String[] fields = nginx("imap", server.appPassword());
    fields[0] = "Auth-Method: " + method;

    assertThat(server.nginx(token, fields)).contains("Auth-Status: [AUTHENTICATIONFAILED] ");
  }

  @Test
  void whatNeedsThePasswordItselfIsCountedAndToldOfOnceAMinute() throws Exception {
    server.failuresPerMinute = 3;
    String[] fields = nginx("imap", server.appPassword());
    fields[0] = "Auth-Method: cram-md5";
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < 3; i++) {
        assertThat(server.nginx(token, fields)).contains("Auth-Status: [AUTHENTICATIONFAILED] ");
      }

      assertThat(server.nginx(token, fields)).contains("Auth-Status: [UNAVAILABLE] ");
      assertThat(log.lines()).filteredOn(line -> line.contains("imap_auth")).hasSize(1);
    }
    assertThat(server.scrape())
        .contains(
            "postern_login_attempts_total{mechanism=\"nginx\",outcome=\"rejected\",protocol=\"imap\"}"
                + " 3.0")
        .contains("postern_login_refusals_total{protocol=\"imap\",reason=\"wrong-shape\"} 3.0");
  }

  @Test
  void nginxEscapesSomeBytesAndWeReadThemAll() throws Exception {
    String user = "alic%65%40example.com";
    String[] fields = nginx("imap", server.appPassword());
    fields[1] = "Auth-User: " + user;

    assertThat(server.nginx(token, fields)).contains("Auth-Status: OK");
    assertThat(PercentText.text("a+b%20%25%c3%a4%zz%4")).isEqualTo("a+b %\u00e4%zz%4");
    assertThat(PercentText.text("j\u00c3\u00bcrgen")).isEqualTo("j\u00fcrgen");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice@example.com%0d%0aAuth-Status:%20OK",
        "%0d%0a%0d%0aAuth-Server:%20192.0.2.9",
        "alice@example.com%00"
      })
  void namesBringNoHeadersOfTheirOwn(String user) throws Exception {
    String[] fields = nginx("imap", server.appPassword());
    fields[1] = "Auth-User: " + user;

    assertThat(server.nginx(token, fields))
        .contains("Auth-Status: [AUTHENTICATIONFAILED]")
        .doesNotContain("Auth-Status: OK", "Auth-Server");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Auth-User: bob@example.com", "Auth-Pass: x", "Client-IP: 192.0.2.45"})
  void ofTwoHeadersNoneIsTaken(String second) throws Exception {
    List<String> fields = new ArrayList<>(List.of(nginx("imap", server.appPassword())));
    fields.add(second);

    assertThat(server.nginx(token, fields.toArray(String[]::new)))
        .contains("HTTP/1.1 400 ")
        .doesNotContain("Auth-Status: OK");
  }

  @Test
  void aSecretBringsNoHeadersOfItsOwn() throws Exception {
    assertThat(server.nginx(token, nginx("imap", wrong + "%0d%0aAuth-Status:%20OK")))
        .contains("Auth-Status: [AUTHENTICATIONFAILED]")
        .doesNotContain("Auth-Status: OK", "Auth-Server");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice\r\nAuth-Server: 192.0.2.9",
        "alice\nAuth-Server: 192.0.2.9",
        "alice\rAuth-Server: 192.0.2.9",
        "alice\u0000",
        "alice\u007f",
        "ali\tce",
        "alice ",
        " alice",
        ""
      })
  void anUpstreamNameOrAddressThatNginxCannotBeToldIsTrouble(String text) throws Exception {
    server.upstreamUser = text;
    assertThat(server.nginx(token, nginx("imap", server.appPassword())))
        .contains("Auth-Status: [UNAVAILABLE]")
        .doesNotContain("192.0.2.9", "Auth-Server", "Auth-User", "Auth-Pass");
    server.upstreamUser = AuthServer.ALICE;
    server.upstreamAddress = text;
    assertThat(server.nginx(token, nginx("imap", server.appPassword())))
        .contains("Auth-Status: [UNAVAILABLE]")
        .doesNotContain("192.0.2.9", "Auth-Server", "Auth-User", "Auth-Pass");
  }

  /** Its escapes are for what it asks: of an answer it takes each byte as it is. */
  @Test
  void nginxIsToldPercentSignsAsTheyAre() throws Exception {
    server.upstreamUser = "100%41@example.com";
    server.upstreamPassword = "%0d%0aAuth-Server:%20192.0.2.9";

    assertThat(server.nginx(token, nginx("imap", server.appPassword())).lines())
        .contains(
            "Auth-User: 100%41@example.com",
            "Auth-Pass: %0d%0aAuth-Server:%20192.0.2.9", "Auth-Server: 192.0.2.7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pass\r\nAuth-Server: 192.0.2.9", "ends in a space ", " begins with one"})
  void anUpstreamPasswordThatNginxCannotBeToldIsTrouble(String password) throws Exception {
    server.upstreamPassword = password;
    try (LogLines log = new LogLines()) {
      assertThat(server.nginx(token, nginx("imap", server.appPassword())))
          .contains("Auth-Status: [UNAVAILABLE]")
          .doesNotContain("192.0.2.9", "Auth-Server", "Auth-Pass");
      assertThat(log.lines()).anyMatch(line -> line.contains("nginx cannot be told"));
      assertThat(log.toString()).doesNotContain(password);
    }
  }

  @Test
  void anAnswerNeverOutgrowsTheRoomThatNginxHas() throws Exception {
    server.upstreamPassword = "x".repeat(600);
    assertThat(server.nginx(token, nginx("imap", server.appPassword())))
        .contains("Auth-Status: [UNAVAILABLE]");
    server.upstreamPassword = "x".repeat(500);
    String answer = server.nginx(token, nginx("imap", server.appPassword()));
    assertThat(answer).contains("Auth-Status: OK");
    assertThat(answer.length()).isLessThan(1024);
  }

  @Test
  void anUpstreamThatTakesNoPasswordIsTroubleOnRecord() throws Exception {
    server.obstacle = Optional.of("it takes tokens");
    try (LogLines log = new LogLines()) {
      assertThat(server.nginx(token, nginx("smtp", server.appPassword())))
          .contains("Auth-Error-Code: 454 4.7.0")
          .doesNotContain("tokens");
      assertThat(log.lines()).anyMatch(line -> line.endsWith("mailstore: it takes tokens"));
    }
    await()
        .untilAsserted(() ->
            assertThat(signIns())
                .anyMatch(entry -> entry.reason().equals("upstream-no-credential")));
  }

  /** With few guesses, and short waits, until one is told to come back later. */
  @Test
  void whoGuessesTooOftenIsThrottledInTheWordsOfTheMetrics(@TempDir Path other) throws Exception {
    try (AuthServer strict =
        new AuthServer(
            strict(TestConfig.of(new SqliteFiles(other).fresh())),
            new Bind("127.0.0.1", 0),
            _ -> {
              throw new AssertionError("nothing here has TLS");
            })) {
      String proxy = strict.token("proxy", Role.VERIFIER);
      String guess = strict.strangersAppPassword();
      List<String> answers = new ArrayList<>();
      while (!answers.contains("throttled") && answers.size() < 20) {
        String changed = guess.replace(guess.charAt(0), guess.charAt(answers.size() % 5 + 1));
        answers.add(
            json(strict.post(
                    proxy,
                    "/auth/verify",
                    question(changed + "a".repeat(answers.size())).toString()))
                .path("outcome")
                .stringValue());
      }

      assertThat(answers).startsWith("rejected").endsWith("throttled");
      String page = strict.scrape();
      assertThat(count(page, "rejected")).isPositive();
      assertThat(count(page, "throttled")).isPositive();
      assertThat(count(page, "rejected") + count(page, "throttled")).isEqualTo(answers.size());
      assertThat(count(page, "accepted")).isZero();
      await()
          .untilAsserted(() ->
              assertThat(strict.open().signIns().list(SignIns.Query.ALL, Optional.empty(), 100))
                  .extracting(SignIns.Entry::outcome)
                  .contains("rejected", "throttled")
                  .doesNotContain("accepted"));
      assertThat(page).doesNotContain("postern_login_seconds");
    }
  }

  private static StoreConfig strict(StoreConfig usual) {
    return new StoreConfig(
        usual.database(),
        usual.pepper(),
        usual.sealingKeys(),
        usual.integrityKeys(),
        usual.appPasswords(),
        usual.databaseGrace(),
        usual.audit(),
        usual.names(),
        new StoreConfig.GuardRules(
            new ThrottleRules(4, 1, Duration.ofMillis(20), Duration.ofMillis(40), 20),
            List.of(),
            List.of(),
            Optional.empty()));
  }

  private static int count(String page, String outcome) {
    String series =
        "postern_login_attempts_total{mechanism=\"http\",outcome=\"%s\",protocol=\"imap\"} "
            .formatted(outcome);
    return page.lines()
        .filter(line -> line.startsWith(series))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(series.length())))
        .sum();
  }

  private List<SignIns.Entry> signIns() {
    return server.open().signIns().list(SignIns.Query.ALL, Optional.empty(), 100);
  }

  private ObjectNode question(String password) {
    return JSON.createObjectNode()
        .put("user", AuthServer.ALICE)
        .put("password", password)
        .put("protocol", "imap")
        .put("clientAddress", "192.0.2.44")
        .put("tls", true);
  }

  private static String[] nginx(String protocol, String password) {
    return new String[] {
      "Auth-Method: plain",
      "Auth-User: " + AuthServer.ALICE,
      "Auth-Pass: " + password,
      "Auth-Protocol: " + protocol,
      "Auth-Login-Attempt: 1",
      "Client-IP: 192.0.2.44",
      "Auth-SSL: on",
      "Auth-SSL-Protocol: TLSv1.3"
    };
  }

  private HttpResponse<String> verify(ObjectNode question) throws Exception {
    return server.post(token, "/auth/verify", question.toString());
  }

  private String dovecot(ObjectNode question) throws Exception {
    return server.post(token, "/auth/dovecot", question.toString()).body();
  }

  private static JsonNode json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }
}
