package dev.postern.store.oauth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of refresh tokens where an answer is late, or of no use otherwise. */
class RenewalsTest {
  private static final TokenAccount ALICE = new TokenAccount.OfUser("office365", "alice");
  private static final TokenAccount BOB = new TokenAccount.OfUser("office365", "bob");

  private final ScriptedProvider provider = new ScriptedProvider();
  private final OAuthClient client = OAuthClients.consent(provider.tokenEndpoint());
  private final ProviderHttp http = new ProviderHttp(Duration.ofSeconds(10));
  private final WrittenDown leases = new WrittenDown();
  private final CountDownLatch thinking = new CountDownLatch(1);
  private final Renewals renewals =
      new Renewals(
          leases,
          new TokenExchange(http, TestClock.standing()),
          new Renewals.Times(Duration.ofMillis(300), Duration.ofSeconds(30), 1),
          Ticker.systemTicker(),
          new Random(1));

  @AfterEach
  void stop() {
    thinking.countDown();
    renewals.close();
    http.close();
    provider.close();
  }

  /** Has leases for everybody, and notes how they end. */
  private static final class WrittenDown implements TokenLeases {
    final List<String> ends = new CopyOnWriteArrayList<>();

    @Override
    public Turn begin(TokenAccount account, String registration, long after) {
      return new Turn.Ours(new Lease(account, "me", Optional.of(Secret.ofText("old")), 0));
    }

    private void end(String how, Lease lease, Optional<Secret> token) {
      String text = token.map(it -> " " + it.<String>expose(String::new)).orElse("");
      ends.add(how + " " + ((TokenAccount.OfUser) lease.account()).userId() + text);
    }

    @Override
    public Optional<Long> keep(Lease lease, Minted minted) {
      end("keep", lease, minted.refreshToken());
      return Optional.of(1L);
    }

    @Override
    public Optional<Long> keepLate(Lease lease, Minted minted) {
      end("keepLate", lease, minted.refreshToken());
      return Optional.of(1L);
    }

    @Override
    public boolean keepAlone(Lease lease, Secret refreshToken) {
      end("keepAlone", lease, Optional.of(refreshToken));
      return true;
    }

    @Override
    public void prolong(Lease lease) {
      end("prolong", lease, Optional.empty());
    }

    @Override
    public End consentEnded(Lease lease, String reason) {
      end("consentEnded", lease, Optional.empty());
      return End.NOTED;
    }

    @Override
    public void giveUp(Lease lease) {
      end("giveUp", lease, Optional.empty());
    }
  }

  private String renew(TokenAccount account) {
    return switch (renewals.renew(client, account, 0).orTimeout(20, SECONDS).join()) {
      case TokenAnswer.Granted(AccessToken token) -> token.value().expose(String::new);
      case TokenAnswer.Denied(TokenTrouble trouble) -> trouble.kind().word();
    };
  }

  private void answerLate(Answer answer) {
    provider.script(_ -> {
      try {
        thinking.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      return answer;
    });
  }

  @Test
  void whatComesLateIsKept() {
    answerLate(Answer.tokens("at", "new"));
    assertThat(renew(ALICE)).isEqualTo("timeout");
    await().until(() -> leases.ends.contains("prolong alice"));
    assertThat(leases.ends).hasSize(1);
    thinking.countDown();
    await().until(() -> leases.ends.contains("keepLate alice new"));
    assertThat(leases.ends).hasSize(2);
    await().until(() -> renewals.isOpen(client));
  }

  @Test
  void aLateRefusalIsNotedDown() {
    answerLate(Answer.error("invalid_grant", ""));
    assertThat(renew(ALICE)).isEqualTo("timeout");
    thinking.countDown();
    await().until(() -> leases.ends.contains("consentEnded alice"));
  }

  @Test
  void beyondTheLimitALateAnswerIsBrokenOff() {
    answerLate(Answer.tokens("at", "new"));
    Stream.of(renewals.renew(client, ALICE, 0), renewals.renew(client, BOB, 0))
        .forEach(answer -> {
          TokenAnswer.Denied denied = (TokenAnswer.Denied) answer.orTimeout(20, SECONDS).join();
          assertThat(denied.trouble().kind()).isEqualTo(TokenTrouble.Kind.TIMEOUT);
        });
    await().until(() -> leases.ends.size() == 2);
    assertThat(leases.ends).filteredOn(end -> end.startsWith("prolong ")).hasSize(1);
    assertThat(leases.ends).filteredOn(end -> end.startsWith("giveUp ")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"token_type\":\"Bearer\",\"access_token\":\"not printable \\u0007\"",
        "\"token_type\":\"mac\",\"access_token\":\"at\"",
        "\"token_type\":\"Bearer\",\"access_token\":\"at\",\"expires_in\":\"soon\"",
        "\"access_token\":7",
      })
  void theRefreshTokenIsKeptOfAnAnswerThatIsOfNoUseOtherwise(String rest) {
    provider.script(_ -> Answer.json(200, "{\"refresh_token\":\"new\"," + rest + "}"));
    assertThat(renew(ALICE)).isEqualTo("not-an-answer");
    assertThat(leases.ends).containsExactly("keepAlone alice new");
  }

  @Test
  void theRefreshTokenIsKeptBesideAnAccessTokenThatIsTooLong() {
    provider.script(_ -> Answer.tokens("x".repeat(17 * 1024), "new"));
    assertThat(renew(ALICE)).isEqualTo("token-too-long");
    assertThat(leases.ends).containsExactly("keepAlone alice new");
  }

  @Test
  void anErrorBringsNoRefreshToken() {
    provider.script(
        _ -> Answer.json(400, "{\"error\":\"invalid_request\",\"refresh_token\":\"new\"}"));
    assertThat(renew(ALICE)).isEqualTo("grant-refused");
    assertThat(leases.ends).containsExactly("giveUp alice");
  }
}
