package dev.postern.store.oauth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.postern.store.testing.SigningKeys;
import dev.postern.store.testing.TestClock;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SignedTokensTest {
  private static final LoginToken TOKEN =
      new LoginToken("gate.example", "alice@example.com", "imap.example.com", "imap");

  private final KeyPair pair = SigningKeys.ec("secp256r1");
  private final Clock clock = TestClock.standing();
  private final SignedTokens tokens = new SignedTokens(clock, new SecureRandom());
  private final CountDownLatch mayGoOn = new CountDownLatch(1);

  @AfterEach
  void stop() {
    mayGoOn.countDown();
    tokens.close();
  }

  private static SignedJWT parsed(CompletableFuture<TokenAnswer> answer) throws Exception {
    TokenAnswer come = answer.orTimeout(20, SECONDS).join();
    assertThat(come).isInstanceOf(TokenAnswer.Granted.class);
    return SignedJWT.parse(
        ((TokenAnswer.Granted) come).token().value().<String>expose(String::new));
  }

  private SignedJWT signed(KeyPair with, Optional<String> id) throws Exception {
    return parsed(tokens.signed(SigningKey.of(with.getPrivate(), id), TOKEN));
  }

  @Test
  void saysWhoMayOpenWhatWhereAndHowForAMinute() throws Exception {
    SignedJWT token = signed(pair, Optional.of("2026"));
    assertThat(token.verify(new ECDSAVerifier((ECPublicKey) pair.getPublic()))).isTrue();
    assertThat(token.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.ES256);
    assertThat(token.getHeader().getType()).isEqualTo(JOSEObjectType.JWT);
    assertThat(token.getHeader().getKeyID()).isEqualTo("2026");
    JWTClaimsSet claims = token.getJWTClaimsSet();
    Instant now = clock.instant();
    assertThat(claims.getIssuer()).isEqualTo("gate.example");
    assertThat(claims.getSubject()).isEqualTo("alice@example.com");
    assertThat(claims.getAudience()).containsExactly("imap.example.com");
    assertThat(claims.getStringClaim("scope")).isEqualTo("imap");
    assertThat(claims.getIssueTime()).isEqualTo(Date.from(now.minusSeconds(10)));
    assertThat(claims.getNotBeforeTime()).isEqualTo(Date.from(now.minusSeconds(10)));
    assertThat(claims.getExpirationTime()).isEqualTo(Date.from(now.plusSeconds(50)));
    assertThat(claims.getJWTID()).matches("[0-9a-f]{32}");
    assertThat(claims.getClaims()).hasSize(8);
  }

  @Test
  void rsaWillDo() throws Exception {
    KeyPair rsa = SigningKeys.rsa(2048);
    SignedJWT token = signed(rsa, Optional.empty());
    JWSVerifier verifier = new RSASSAVerifier((RSAPublicKey) rsa.getPublic());
    assertThat(token.getHeader().getAlgorithm()).isEqualTo(JWSAlgorithm.RS256);
    assertThat(token.verify(verifier)).isTrue();
  }

  @Test
  void eachLoginHasOneOfItsOwn() throws Exception {
    assertThat(signed(pair, Optional.empty()).getJWTClaimsSet().getJWTID())
        .isNotEqualTo(signed(pair, Optional.empty()).getJWTClaimsSet().getJWTID());
  }

  @Test
  void whoAsksDoesNotWaitAndOnlySoManyMayWait() throws Exception {
    SigningKey key = SigningKey.of(pair.getPrivate(), Optional.empty());
    try (SignedTokens slow = new SignedTokens(new StoppedClock(), new SecureRandom(), 1)) {
      List<CompletableFuture<TokenAnswer>> waiting = new ArrayList<>();
      for (int i = 0; i < 1 + SignedTokens.MOST_WAITING; i++) {
        waiting.add(slow.signed(key, TOKEN));
      }
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      assertThat(slow.signed(key, TOKEN))
          .isCompletedWithValueMatching(answer ->
              answer instanceof TokenAnswer.Denied(TokenTrouble trouble)
                  && trouble.kind() == TokenTrouble.Kind.BUSY);
      mayGoOn.countDown();
      for (CompletableFuture<TokenAnswer> answer : waiting) {
        assertThat(parsed(answer).getJWTClaimsSet().getSubject()).isEqualTo("alice@example.com");
      }
    }
  }

  /** Time that is not told before the test says so. */
  private final class StoppedClock extends Clock {
    @Override
    public Instant instant() {
      try {
        assertThat(mayGoOn.await(20, SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return clock.instant();
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
