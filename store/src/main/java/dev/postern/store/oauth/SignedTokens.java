package dev.postern.store.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.postern.store.Backstage;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Signs tokens, one for each login, on a few threads with a bounded queue. None is kept. Safe for
 * use by several threads.
 */
final class SignedTokens implements AutoCloseable {
  /** From the first moment at which a token is good to the last. */
  static final Duration LIFE = Duration.ofSeconds(60);

  /**
   * How far back it is dated, {@code iat} as well as {@code nbf}: a server whose clock is behind
   * ours by less still takes it. Dovecot refuses a token that is "issued in future".
   */
  static final Duration LEAD = Duration.ofSeconds(10);

  /**
   * Who comes last waits for about a second on one thread with RSA of 2048 bits, and for six or
   * seven with the most, 4096.
   */
  static final int MOST_WAITING = 512;

  private static final int ID_BYTES = 16;

  private final ThreadPoolExecutor threads;
  private final Clock clock;
  private final RandomGenerator random;

  SignedTokens(Clock clock, RandomGenerator random) {
    this(clock, random, Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4));
  }

  /**
   * @param size threads
   */
  SignedTokens(Clock clock, RandomGenerator random, int size) {
    this.clock = clock;
    this.random = random;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            size,
            size,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> Backstage.thread("postern-signing-" + number.incrementAndGet(), task));
    this.threads.allowCoreThreadTimeOut(true);
  }

  /** A fresh one, which belongs to whoever asked; never fails but by its answer. */
  CompletableFuture<TokenAnswer> signed(SigningKey key, LoginToken token) {
    CompletableFuture<TokenAnswer> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> answer.complete(now(key, token)));
    } catch (RejectedExecutionException _) {
      answer.complete(denied(Kind.BUSY, "too many tokens are to be signed"));
    } catch (OutOfMemoryError _) {
      answer.complete(denied(Kind.BUSY, "there are no more threads"));
    }
    return answer;
  }

  private TokenAnswer now(SigningKey key, LoginToken token) {
    Instant from = clock.instant().minus(LEAD);
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(token.issuer())
            .subject(token.mailbox())
            .audience(token.audience())
            .claim("scope", token.scope())
            .issueTime(Date.from(from))
            .notBeforeTime(Date.from(from))
            .expirationTime(Date.from(from.plus(LIFE)))
            .jwtID(HexFormat.of().formatHex(id))
            .build();
    try {
      // The library gives text; nothing else holds it.
      Secret value = Secret.ofText(key.signed(claims).serialize());
      return new TokenAnswer.Granted(new AccessToken(value, 0, LIFE.minus(LEAD).toNanos(), 0));
    } catch (JOSEException | RuntimeException _) {
      return denied(Kind.CLIENT_REFUSED, "the key that signs tokens cannot sign");
    }
  }

  private static TokenAnswer denied(Kind kind, String detail) {
    return new TokenAnswer.Denied(new TokenTrouble(kind, detail));
  }

  /** Signs what was asked for before, and nothing more. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
