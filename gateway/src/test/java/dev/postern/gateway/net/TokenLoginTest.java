package dev.postern.gateway.net;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
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
import io.netty.channel.DefaultEventLoop;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who wipes a token that was signed for one login. */
class TokenLoginTest {
  private static final UpstreamTarget TARGET =
      new UpstreamTarget(
          "store",
          Scope.IMAP,
          new Endpoint("imap.example", 993, Security.IMPLICIT_TLS),
          Optional.empty());

  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final CompletableFuture<TokenAnswer> coming = new CompletableFuture<>();
  private final Secret value = Secret.ofText("signed");
  private final AtomicInteger begun = new AtomicInteger();

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, SECONDS).awaitUninterruptibly();
  }

  private TokenLogin login() throws Exception {
    SigningKey key = SigningKey.of(SigningKeys.ec("secp256r1").getPrivate(), Optional.of("2026"));
    return new TokenLogin(
        loop,
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
          public void failed(UpstreamFailure failure) {}
        });
  }

  private void comes() throws Exception {
    coming.complete(new TokenAnswer.Granted(new AccessToken(value, 0, 1, 0)));
    loop.submit(() -> {}).get(20, SECONDS);
  }

  private void assertWiped() {
    assertThatThrownBy(value::copy).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theLoginThatShowsItDoes() throws Exception {
    TokenLogin login = login();
    loop.submit(login::start).get(20, SECONDS);
    comes();
    assertThat(begun).hasValue(1);
    assertWiped();
  }

  @Test
  void whereTheClientHasLeftItIsWipedUnseen() throws Exception {
    TokenLogin login = login();
    loop.submit(login::start).get(20, SECONDS);
    loop.submit(login::cancel).get(20, SECONDS);
    comes();
    assertThat(begun).hasValue(0);
    assertWiped();
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
