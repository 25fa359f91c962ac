package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.auth.Secret;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaslExchangeTest {

  @Test
  void plainHasOneEmptyChallenge() {
    SaslExchange exchange = Mechanism.PLAIN.newExchange();
    assertThat(exchange.begin()).isEqualTo(new SaslStep.Challenge(""));
    assertComplete(exchange.respond(base64("\0alice\0abcd efgh")), "alice", "abcd efgh");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "alice@example.com",
        "ALICE@Example.COM",
        " Alice@example.com ",
        "alice@\uff45xample.com"
      })
  void plainTakesOneselfAsAuthorizationIdentity(String authorizeAs) {
    assertComplete(plain(authorizeAs + "\0alice@example.com\0abcd"), "alice@example.com", "abcd");
  }

  @Test
  void plainComparesIdentitiesInOneForm() {
    assertComplete(
        Mechanism.PLAIN
            .newExchange()
            .respond(encode("JU\u0308RGEN\0j\u00fcrgen\0abcd".getBytes(UTF_8))),
        "j\u00fcrgen",
        "abcd");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bob\0alice\0x",
        "alic\0alice\0x",
        "alice\0\0x",
        " \0alice\0x",
        "alice\r\n\0alice\0x"
      })
  void plainRefusesToActForSomebodyElse(String message) {
    assertThat(plain(message)).isEqualTo(new SaslStep.Delegation());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "alice", "alice\0x", "\0alice\0x\0", "\0alice\0x\0y", "\0\0\0"})
  void plainWantsExactlyTwoNuls(String message) {
    assertThat(plain(message)).isEqualTo(new SaslStep.Malformed());
  }

  @Test
  void plainLeavesEmptyFieldsToTheVerifier() {
    assertComplete(plain("\0\0"), "", "");
    assertComplete(plain("\0alice\0"), "alice", "");
  }

  @Test
  void fieldsMayHaveAsManyBytesAsTheirLimitsAndNoMore() {
    String name = "n".repeat(ClientText.MAX_NAME);
    String secret = "s".repeat(ClientText.MAX_SECRET);
    assertComplete(plain(name + "\0" + name + "\0" + secret), name, secret);
    assertThat(plain("\0" + name + "n\0s")).isEqualTo(new SaslStep.Malformed());
    assertThat(plain(name + "n\0n\0s")).isEqualTo(new SaslStep.Malformed());
    assertThat(plain("\0n\0" + secret + "s")).isEqualTo(new SaslStep.Malformed());

    SaslExchange login = Mechanism.LOGIN.newExchange();
    login.respond(base64(name));
    assertComplete(login.respond(base64(secret)), name, secret);
    assertThat(Mechanism.LOGIN.newExchange().respond(base64(name + "n")))
        .isEqualTo(new SaslStep.Malformed());
    SaslExchange longSecret = Mechanism.LOGIN.newExchange();
    longSecret.respond(base64("n"));
    assertThat(longSecret.respond(base64(secret + "s"))).isEqualTo(new SaslStep.Malformed());
  }

  @Test
  void loginHasTheChallengesThatClientsCompare() {
    SaslExchange exchange = Mechanism.LOGIN.newExchange();
    assertThat(exchange.begin()).isEqualTo(new SaslStep.Challenge(encoded("Username:")));
    assertThat(exchange.respond(base64("alice")))
        .isEqualTo(new SaslStep.Challenge(encoded("Password:")));
    assertComplete(exchange.respond(base64("abcd efgh")), "alice", "abcd efgh");
  }

  @Test
  void loginTakesAnInitialResponseAsName() {
    SaslExchange exchange = Mechanism.LOGIN.newExchange();
    assertThat(exchange.respond(base64("alice")))
        .isEqualTo(new SaslStep.Challenge(encoded("Password:")));
    assertComplete(exchange.respond(base64("abcd")), "alice", "abcd");
  }

  @Test
  void namesAreUtf8OrElseLatin1() {
    byte[] latin1 = "\0j\u00fcrgen\0gr\u00fc\u00dfe".getBytes(ISO_8859_1);
    SaslStep step = Mechanism.PLAIN.newExchange().respond(encode(latin1));
    assertThat(step).isInstanceOf(SaslStep.Complete.class);
    SaslStep.Complete complete = (SaslStep.Complete) step;
    assertThat(complete.loginName()).isEqualTo("j\u00fcrgen");
    assertThat(complete.secret().expose(byte[]::clone))
        .as("a secret stays as it was sent")
        .isEqualTo("gr\u00fc\u00dfe".getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void aStarCancels(Mechanism mechanism) {
    SaslExchange exchange = mechanism.newExchange();
    exchange.begin();
    assertThat(exchange.respond(Secret.ofText("*"))).isEqualTo(new SaslStep.Cancelled());
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void isUsedOnce(Mechanism mechanism) {
    SaslExchange exchange = mechanism.newExchange();
    exchange.respond(Secret.ofText("!"));
    Secret late = base64("\0alice\0abcd");
    assertThat(exchange.begin()).isEqualTo(new SaslStep.Malformed());
    assertThat(exchange.respond(late)).isEqualTo(new SaslStep.Malformed());
    assertThatThrownBy(() -> late.expose(bytes -> bytes.length))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void answersAnyResponses(Mechanism mechanism) {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      SaslExchange exchange = mechanism.newExchange();
      for (int responses = 0; responses < 3; responses++) {
        byte[] bytes = new byte[random.nextInt(12)];
        random.nextBytes(bytes);
        assertThat(exchange.respond(random.nextBoolean() ? Secret.owning(bytes) : encode(bytes)))
            .isNotNull();
      }
    }
  }

  @Test
  void neverPrintsWhatItCarries() {
    assertThat(plain("\0alice\0abcd").toString()).doesNotContain("alice").doesNotContain("abcd");
  }

  private static SaslStep plain(String message) {
    return Mechanism.PLAIN.newExchange().respond(base64(message));
  }

  private static void assertComplete(SaslStep step, String name, String secret) {
    assertThat(step).isInstanceOf(SaslStep.Complete.class);
    SaslStep.Complete complete = (SaslStep.Complete) step;
    assertThat(complete.loginName()).isEqualTo(name);
    assertThat(utf8(complete.secret())).isEqualTo(secret);
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static Secret base64(String text) {
    return Secret.ofText(encoded(text));
  }

  private static Secret encode(byte[] bytes) {
    return Secret.owning(Base64.getEncoder().encode(bytes));
  }

  private static String utf8(Secret secret) {
    return secret.expose(bytes -> new String(bytes, UTF_8));
  }
}
