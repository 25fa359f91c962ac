package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What fail2ban makes of the log, with the filter that is shipped: guesses, and nothing else. */
@Tag("peers")
class FailToBanTest {
  private static final Path SHIPPED = Path.of("src", "main", "assets", "fail2ban");
  private static final Path FILTER = SHIPPED.resolve("filter.d").resolve("postern.conf");
  private static final Pattern REASON = Pattern.compile("reason[=\":]+([a-z-]+)");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ALICE = "alice@example.test";
  private static final String BOB = "bob@example.test";
  private static final String CAROL = "carol@example.test";
  private static final String DAVE = "dave@example.test";
  private static final String EVE = "eve@down.test";
  private static final String MALLORY = "192.0.2.66";

  /** Not by a guesser, or not of the log line. */
  private static final List<String> NO_GUESSES =
      List.of("bad-name", "revoked", "out-of-scope", "user-disabled", "in-clear", "delegation");

  private MailHouse house;
  private String asEver;
  private Account alice;
  private Account bob;
  private PosternServer postern;

  @BeforeEach
  void open() throws IOException {
    house = MailHouse.openWithOneDown(List.of(ALICE, BOB, CAROL, DAVE));
    asEver = Files.readString(house.site().configuration());
    Files.writeString(
        house.site().configuration(),
        asEver + "pass-through: [ { user: " + CAROL + ", mode: observe } ]\n");
    postern = house.site().serve();
    alice = house.site().account(ALICE);
    bob = house.site().account(BOB);
    var _ = house.site().account(CAROL);
  }

  @AfterEach
  void close() {
    postern.close();
    house.close();
  }

  @Test
  void takesGuessesAndNothingElse() throws Exception {
    assertThat(imaps(alice)).isZero();
    guess();
    awaitReasons("wrong-secret", "unknown-user", "wrong-shape", "own-password-refused");
    int guesses = matched().size();
    assertThat(guesses).isEqualTo(4);

    refuseWithoutAGuess();
    forge();
    awaitReasons(NO_GUESSES.toArray(String[]::new));
    assertThat(postern.process().printed()).contains("cause=connect");
    assertThat(matched()).hasSize(guesses + 1); // that of the name which looks like a field

    throttle(house.site().account(DAVE));
    assertThat(matched())
        .anyMatch(line -> line.contains("login throttled"))
        .allMatch(line -> !NO_GUESSES.contains(reason(line)));
    assertThat(fail2ban("<ip>")).containsOnly("127.0.0.1");

    inJson();
  }

  /** Five kinds, by programs that people use. */
  private void guess() {
    assertThat(imaps(new Account(ALICE, bob.password(), ""))).isEqualTo(67);
    assertThat(
            curl(
                new Account(ALICE, "Summer2026!", ""),
                "pop3s://localhost:" + postern.pop3s() + "/"))
        .isEqualTo(67);
    Program.run(
        "swaks",
        "--server",
        "localhost:" + postern.submissions(),
        "--tlsc",
        "--auth",
        "PLAIN",
        "--auth-user",
        "nobody@example.test",
        "--auth-password",
        alice.password(),
        "--from",
        ALICE,
        "--to",
        ALICE,
        "--quit-after",
        "AUTH");
    assertThat(imaps(new Account(CAROL, "Winter-at-the-upstream", ""))).isEqualTo(67);
  }

  /** Another wrong one each time, until the answer is made to wait. */
  private void throttle(Account dave) {
    String wrong = "zyxwvtsrqpnmkjhg";
    for (int round = 0; round < wrong.length() && !printed("login throttled"); round++) {
      String other = wrong.substring(round) + wrong.substring(0, round);
      assertThat(imaps(new Account(dave.user(), other, ""))).isEqualTo(67);
    }
    assertThat(printed("login throttled")).isTrue();
  }

  /** A right secret that is refused, an upstream that is down, what came in clear. */
  private void refuseWithoutAGuess() {
    PosternSite site = house.site();
    Account sending = site.another(ALICE, "send");
    assertThat(imaps(sending)).isEqualTo(67);
    Account old = site.another(ALICE, "read");
    site.run("app-password", "revoke", old.id());
    assertThat(imaps(old)).isEqualTo(67);
    site.run("user", "disable", BOB);
    assertThat(imaps(bob)).isEqualTo(67);
    assertThat(imaps(site.account(EVE))).isNotZero();
    try (ImapSession inClear = ImapSession.attempt(postern.imap(), alice)) {
      assertThat(inClear.isAccepted()).isFalse();
    }
    Program.run(
        "curl",
        "-sS",
        "--cacert",
        house.certificates().ca().toString(),
        "--login-options",
        "AUTH=PLAIN",
        "--sasl-authzid",
        BOB,
        "-u",
        ALICE + ":" + alice.password(),
        "imaps://localhost:" + postern.imaps() + "/");
  }

  /** Names that would be lines, or fields, of their own. */
  private void forge() {
    String line =
        "2026-11-30T05:31:13.007Z INFO  session - login refused session=0a1b2c3d4e protocol=imap"
            + " tls=implicit peer="
            + MALLORY
            + " port=1 mechanism=login reason=wrong-secret";
    String json =
        "{\"timestamp\":1796016673007,\"level\":\"INFO\",\"loggerName\":\"dev.postern.session\"";
    for (String name : List.of("x\r\n" + line + "\r\n", "x\n" + line, "x\n" + json)) {
      login("{" + name.length() + "+}\r\n" + name, alice.password());
    }
    login("\"x peer=" + MALLORY + " <HOST> reason=wrong-secret\"", alice.password());
  }

  private void inJson() throws IOException {
    int before = matched().size();
    Files.writeString(house.site().configuration(), asEver + "log: { format: json }\n");
    await().atMost(PATIENCE).until(() -> printed("\"formattedMessage\":\"the configuration "));
    assertThat(imaps(alice)).isZero();
    assertThat(imaps(new Account(ALICE, bob.password(), ""))).isEqualTo(67);
    assertThat(imaps(bob)).isEqualTo(67);
    forge();

    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(ended())
                .anySatisfy(line -> {
                  assertThat(line.get("user").asString()).isEqualTo(ALICE);
                  assertThat(line.get("upstream-host").asString()).isEqualTo("localhost");
                  assertThat(line.get("down").isNumber()).isTrue();
                  assertThat(line.get("at-relay").asLong())
                      .isBetween(line.get("at-upstream").asLong(), line.get("at-end").asLong());
                }));
    assertThat(matched()).hasSize(before + 2);
    assertThat(fail2ban("<ip>")).containsOnly("127.0.0.1");
  }

  private List<JsonNode> ended() {
    return postern
        .process()
        .printed()
        .lines()
        .filter(
            line -> line.contains("\"formattedMessage\":\"session ended\",") && line.endsWith("}"))
        .map(JsonMapper.shared()::readTree)
        .filter(line -> line.has("user") && line.has("at-relay"))
        .toList();
  }

  private int imaps(Account account) {
    return curl(account, "imaps://localhost:" + postern.imaps() + "/");
  }

  private int curl(Account account, String url) {
    return CurlAs.run(house.folder(), house.certificates(), account, url).exit();
  }

  /** What no program would send. */
  private void login(String name, String secret) {
    try (ImapLogin login =
        ImapLogin.attempt(house.certificates(), postern.imaps(), new Account(name, secret, ""))) {
      assertThat(login.isAccepted()).isFalse();
    }
  }

  private boolean printed(String text) {
    return postern.process().printed().contains(text);
  }

  /** Returns when each of these was logged. */
  private void awaitReasons(String... wanted) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(postern.process().printed().lines())
                .filteredOn(line -> line.matches(".* session - login (refused|throttled) .*"))
                .extracting(FailToBanTest::reason)
                .contains(wanted));
  }

  private List<String> matched() {
    return fail2ban("msg");
  }

  private List<String> fail2ban(String token) {
    Path log = house.site().folder().path().resolve("postern.log");
    return Program.run(
            "fail2ban-regex", "-o", token, log.toString(), FILTER.toAbsolutePath().toString())
        .succeeded()
        .out()
        .lines()
        .filter(line -> !line.isBlank())
        .toList();
  }

  private static String reason(String line) {
    return REASON
        .matcher(line)
        .results()
        .map(match -> match.group(1))
        .reduce("", (_, last) -> last);
  }
}
