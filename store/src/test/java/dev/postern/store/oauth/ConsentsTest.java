package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.postern.store.oauth.Consents.Code;
import dev.postern.store.oauth.Consents.Progress;
import dev.postern.store.oauth.Consents.Progress.Waiting;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import dev.postern.store.testing.FreeLeases;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Consent with a code that is typed in elsewhere; nobody waits. */
class ConsentsTest {
  private static final Duration PAUSE = Duration.ofSeconds(5);
  private final ScriptedProvider provider = new ScriptedProvider();
  private final OAuthClient client = OAuthClients.consent(provider.tokenEndpoint());
  private final OAuth oauth =
      new OAuth(new FreeLeases(), TestClock.standing(), () -> 0, new Random(1));
  private final Consents consents = oauth.consents();

  @AfterEach
  void stop() {
    oauth.close();
    provider.close();
  }

  private Code begin() throws TokenTroubleException {
    provider.script(_ ->
        Answer.json(
            200,
            """
            {"device_code":"d","user_code":"ABCD","verification_uri":"https://id.example/code",
            "expires_in":900,"interval":5}
            """));
    return consents.begin(client);
  }

  private Progress ask(Code code, Duration pause, Answer answer) throws TokenTroubleException {
    provider.script(_ -> answer);
    return consents.ask(client, code, pause);
  }

  @Test
  void showsWhoWeAreAtBothPlaces() throws TokenTroubleException {
    Code code = begin();
    assertThat(code.pause()).isEqualTo(PAUSE);
    assertThat(ask(code, PAUSE, Answer.tokens("at", "rt"))).isInstanceOf(Progress.Given.class);

    assertThat(provider.requests())
        .extracting(form -> form.get("path"))
        .containsExactly("/device", "/token");
    assertThat(provider.requests())
        .allSatisfy(form ->
            assertThat(form)
                .contains(
                    entry("client_id", "postern"), entry("client_secret", "the-client-secret")));
  }

  @Test
  void aRegistrationWithoutSecretNamesItself() throws TokenTroubleException {
    OAuthClient open =
        new OAuthClient(
            client.upstream(),
            "postern",
            new ClientCredential.None(),
            client.flow(),
            client.provider(),
            List.of("mail"),
            Map.of(),
            Optional.empty());
    provider.script(_ ->
        Answer.json(
            200,
            """
            {"device_code":"d","user_code":"ABCD","verification_uri":"https://id.example/code",
            "expires_in":900}
            """));
    assertThat(consents.begin(open).userCode()).isEqualTo("ABCD");
    assertThat(provider.requests())
        .singleElement()
        .satisfies(form ->
            assertThat(form)
                .contains(entry("client_id", "postern"))
                .doesNotContainKey("client_secret"));
  }

  @Test
  void aPauseThatBecameLongerStaysSo() throws TokenTroubleException {
    Code code = begin();
    Duration pause = code.pause();
    for (List<Object> step :
        List.<List<Object>>of(
            List.of("authorization_pending", 5),
            List.of("slow_down", 10),
            List.of("authorization_pending", 10),
            List.of("slow_down", 15),
            List.of("slow_down", 20))) {
      Progress next = ask(code, pause, Answer.error((String) step.getFirst(), "later"));
      assertThat(next)
          .isEqualTo(new Waiting(Duration.ofSeconds((Integer) step.getLast()), Optional.empty()));
      pause = ((Waiting) next).pause();
    }
    assertThat(ask(code, Duration.ofSeconds(58), Answer.error("slow_down", "later")))
        .isEqualTo(new Waiting(Duration.ofMinutes(1), Optional.empty()));
  }

  @Test
  void aProviderThatCannotSayIsAskedAgainLater() throws TokenTroubleException {
    Code code = begin();
    assertThat(ask(code, PAUSE, new Answer(503, "text/plain", "busy", Map.of())))
        .isInstanceOfSatisfying(
            Waiting.class,
            waiting -> {
              assertThat(waiting.pause()).isEqualTo(Duration.ofSeconds(10));
              assertThat(waiting.trouble().map(TokenTrouble::kind)).contains(Kind.PROVIDER_BUSY);
            });
    provider.close();
    assertThat(consents.ask(client, code, Duration.ofSeconds(50)))
        .isInstanceOfSatisfying(
            Waiting.class,
            waiting -> {
              assertThat(waiting.pause()).isEqualTo(Duration.ofMinutes(1));
              assertThat(waiting.trouble().map(TokenTrouble::kind)).contains(Kind.CONNECT);
            });
  }

  @ParameterizedTest
  @CsvSource({"access_denied, Declined", "expired_token, Expired"})
  void hearsThatItIsOver(String error, String what) throws TokenTroubleException {
    Code code = begin();
    assertThat(ask(code, PAUSE, Answer.error(error, "over")).getClass().getSimpleName())
        .isEqualTo(what);
  }

  @Test
  void anyOtherAnswerIsATrouble() throws TokenTroubleException {
    Code code = begin();
    assertThatThrownBy(() -> ask(code, PAUSE, Answer.error("invalid_client", "who is that")))
        .isInstanceOf(TokenTroubleException.class)
        .hasMessageContaining("client-refused");
  }
}
