package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.AccessToken;
import dev.postern.store.oauth.LoginToken;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.SigningKey;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.testing.SigningKeys;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who wipes a token that was signed for one login, and how long anybody waits for one. */
class TokenLoginTest {
  private static final UpstreamTarget TARGET =
      new UpstreamTarget(
          "store",
          Scope.IMAP,
          new Endpoint("imap.example", 993, Security.IMPLICIT_TLS),
          Optional.empty());

  private final EmbeddedChannel front = new EmbeddedChannel();
  private final CompletableFuture<TokenAnswer> coming = new CompletableFuture<>();
  private final Secret value = Secret.ofText("signed");
  private final AtomicInteger begun = new AtomicInteger();
  private final List<UpstreamFailure> failures = new ArrayList<>();

  @BeforeEach
  void stopTime() {
    front.freezeTime();
  }

  private TokenLogin login() throws Exception {
    SigningKey key = SigningKey.of(SigningKeys.ec("secp256r1").getPrivate(), Optional.of("2026"));
    return new TokenLogin(
        front.eventLoop(),
        Deadline.after(Duration.ofSeconds(20), front.eventLoop()),
        TARGET,
        new UpstreamPlan(Security.IMPLICIT_TLS, "gate", Optional.empty(), List.of()),
        new TokenNeed.Signed(key, "gate", Optional.empty(), "alice"),
        new Signing(),
        (plan, _) -> {
          begun.incrementAndGet();
          plan.credentials().orElseThrow().close();
          return () -> {};
        },
        new UpstreamLogins.Answer() {
          @Override
          public void ready(UpstreamLink link) {}

          @Override
          public void failed(UpstreamFailure failure) {
            failures.add(failure);
          }
        });
  }

  private void comes() {
    coming.complete(new TokenAnswer.Granted(new AccessToken(value, 0, 1, 0)));
    front.runPendingTasks();
  }

  private void after(long millis) {
    front.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    front.runScheduledPendingTasks();
  }

  private void assertWiped() {
    assertThatThrownBy(value::copy).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theLoginThatShowsItDoes() throws Exception {
    login().start();
    comes();
    assertThat(begun).hasValue(1);
    assertWiped();
  }

  @Test
  void whereTheClientHasLeftItIsWipedUnseen() throws Exception {
    TokenLogin login = login();
    login.start();
    login.cancel();
    comes();
    assertThat(begun).hasValue(0);
    assertWiped();
    after(20_000);
    assertThat(failures).isEmpty();
  }

  @Test
  void nobodyWaitsForOneLongerThanTheLoginMayTake() throws Exception {
    login().start();
    after(19_999);
    assertThat(failures).isEmpty();
    after(1);
    assertThat(failures)
        .containsExactly(
            new UpstreamFailure(Cause.NO_TOKEN, "timeout: none came in the 20000 ms of the login"));
    comes();
    assertThat(begun).hasValue(0);
    assertWiped();
  }

  @Test
  void oneThatCameInTimeEndsTheWait() throws Exception {
    login().start();
    after(19_999);
    comes();
    after(1);
    assertThat(begun).hasValue(1);
    assertThat(failures).as("the login itself has to keep to the rest").isEmpty();
  }

  /** Signs one token, when the test says so. */
  private final class Signing implements TokenSource {
    @Override
    public CompletableFuture<TokenAnswer> token(
        OAuthClient client, TokenAccount account, Freshness freshness) {
      return CompletableFuture.failedFuture(new IllegalStateException("nobody's"));
    }

    @Override
    public CompletableFuture<TokenAnswer> tokenAfter(
        OAuthClient client, TokenAccount account, AccessToken refused) {
      return CompletableFuture.failedFuture(new IllegalStateException("nobody's"));
    }

    @Override
    public boolean isNew(AccessToken token) {
      return true;
    }

    @Override
    public CompletableFuture<TokenAnswer> signed(SigningKey key, LoginToken token) {
      return coming;
    }
  }
}
