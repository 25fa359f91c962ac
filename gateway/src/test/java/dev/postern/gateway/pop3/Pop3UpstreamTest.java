package dev.postern.gateway.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Marked;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no transcript says. */
class Pop3UpstreamTest {

  private static Pop3Upstream upstream(String loginName, String password) {
    return new Pop3Upstream(
        new UpstreamPlan(
            Security.IMPLICIT_TLS,
            "gate.example.com",
            Optional.of(
                new UpstreamCredentials.Password(
                    Optional.empty(), loginName, Secret.ofText(password))),
            List.of()));
  }

  /** Says all of it; the last step. */
  private static UpstreamStep last(Pop3Upstream upstream, String... lines) {
    UpstreamStep step = upstream.connected();
    for (String line : lines) {
      step = upstream.line(line);
    }
    return step;
  }

  private static UpstreamFailure failure(UpstreamStep step) {
    assertThat(step).isInstanceOf(UpstreamStep.Failed.class);
    return ((UpstreamStep.Failed) step).failure();
  }

  @ParameterizedTest
  @CsvSource({
    "al\\nice, abcd",
    "al\\rice, abcd",
    "alice, ab\\rcd",
    "alice, ab\\ncd",
  })
  void whatHoldsALineEndCannotBeSaidWithUserAndPass(String loginName, String password) {
    Pop3Upstream upstream = upstream(loginName.translateEscapes(), password.translateEscapes());

    assertThat(failure(last(upstream, "+OK hi", "-ERR no CAPA")).cause())
        .isEqualTo(Cause.NO_MECHANISM);
  }

  @Test
  void otherNamesAndPasswordsCan() {
    UpstreamStep step = last(upstream("al ice", "ab cd"), "+OK hi", "-ERR no CAPA");

    assertThat(Marked.inFull(step)).endsWith("USER al ice\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "[SYS/TEMP] busy with alice, AUTH: -ERR [SYS/TEMP]",
    "[AUTH] not abcd, AUTH: -ERR [AUTH]",
    "[IN-USE] locked, AUTH: -ERR [IN-USE]",
    "[abcd] what you sent, AUTH: -ERR",
    "wrong, AUTH: -ERR"
  })
  void ofARefusalOnlyAKnownCodeIsTold(String text, String detail) {
    UpstreamStep step =
        last(upstream("alice", "abcd"), "+OK hi", "+OK", "SASL PLAIN", ".", "-ERR " + text);

    assertThat(failure(step).detail()).isEqualTo(detail);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+OK", "-ERR", "+ ", "."})
  void afterTheLoginAndAfterAFailureNothingIsAwaited(String line) {
    Pop3Upstream loggedIn = upstream("alice", "abcd");
    assertThat(last(loggedIn, "+OK hi", "+OK", "SASL PLAIN", ".", "+OK"))
        .isInstanceOf(UpstreamStep.LoggedIn.class);
    assertThat(failure(loggedIn.line(line)).cause()).isEqualTo(Cause.PROTOCOL);

    Pop3Upstream failed = upstream("alice", "abcd");
    assertThat(last(failed, "+OK hi", "+OK", "SASL GSSAPI", "."))
        .isInstanceOf(UpstreamStep.SendSecret.class);
    assertThat(failure(failed.line("-ERR no")).cause()).isEqualTo(Cause.LOGIN_REFUSED);
    assertThat(failure(failed.line(line)).cause()).isEqualTo(Cause.PROTOCOL);
    assertThat(failure(failed.tlsStarted()).cause()).isEqualTo(Cause.PROTOCOL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+OK", "-ERR", "+ ", "."})
  void noAnswerIsAwaitedDuringTheHandshake(String line) {
    Pop3Upstream securing =
        new Pop3Upstream(new UpstreamPlan(Security.STARTTLS, "g", Optional.empty(), List.of()));
    assertThat(last(securing, "+OK hi", "+OK go")).isInstanceOf(UpstreamStep.StartTls.class);
    assertThat(failure(securing.line(line)).cause()).isEqualTo(Cause.PROTOCOL);
  }

  @Test
  void whatAllUpstreamsHaveIsAnnounced() {
    List<String> first = List.of("TOP", "uidl", "PIPELINING", "EXPIRE NEVER");

    assertThat(Pop3Capabilities.announce(List.of())).containsExactly("TOP", "UIDL");
    assertThat(Pop3Capabilities.announce(List.of(first)))
        .containsExactly("TOP", "UIDL", "PIPELINING");
    assertThat(Pop3Capabilities.announce(List.of(first, List.of("UIDL", "TOPPLE"))))
        .containsExactly("UIDL");
    assertThat(Pop3Capabilities.announce(List.of(first, List.of()))).isEmpty();
  }

  @Test
  void mechanismsAreThoseOfTheSaslLinesAlone() {
    assertThat(Pop3Capabilities.mechanisms(List.of("X PLAIN", "sasl LOGIN plain", "SASL LOGIN")))
        .containsExactly("LOGIN", "PLAIN");
  }
}
