package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Selectors;
import dev.postern.store.hash.SlowPool;
import dev.postern.store.hash.Workspace;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.testing.TestConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Slow checks that count the imported hashes they try, and that a test can hold up. */
final class SlowFixture implements AutoCloseable {
  private static final List<StoreConfig.Key> PEPPERS =
      List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2));

  /** Imported hashes that were opened to be tried. */
  final AtomicInteger tried = new AtomicInteger();

  /** Checks wait here before each hash. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  /** Rows that alarms were raised about, and why. */
  final List<String> alarms = new CopyOnWriteArrayList<>();

  private final SecureRandom random = new SecureRandom();
  private final SecretBox box = new AesGcmSecretBox(List.of(TestConfig.key("s1", 101)), random);
  private final Hardening hardening = new Hardening(PEPPERS, PEPPERS.getLast()::id, random);
  private final SlowPool pool;
  final SlowChecks checks;

  /**
   * @param waiting most checks that wait for the one thread
   */
  SlowFixture(int waiting) {
    this(waiting, 1000, System::nanoTime);
  }

  /**
   * @param waiting most checks that wait for the one thread
   * @param remembered most successes
   * @param ticker ages them
   */
  SlowFixture(int waiting, int remembered, Ticker ticker) {
    this.pool =
        SlowPool.start(
            new SlowPool.Limits(1, waiting, waiting, waiting, Duration.ofSeconds(30)),
            System::nanoTime);
    this.checks =
        new SlowChecks(
            new SlowForms(
                new Selectors(PEPPERS),
                hardening,
                new CountingBox(),
                (_, row, trouble) -> alarms.add(row + " " + trouble)),
            pool,
            remembered,
            ticker,
            random);
  }

  /** An imported hash as it is kept. */
  StoredSecret imported(String credentialId, String userId, String hash) {
    return new StoredSecret.Imported(
        box.seal(Secret.ofText(hash), StoredSecret.Imported.place(credentialId, userId)).text());
  }

  StoredSecret hardened(String userId, String secret) {
    return hardening.store(userId, Secret.ofText(secret), new Workspace());
  }

  /** As it was kept when the first pepper was the active one. */
  StoredSecret hardenedBefore(String userId, String secret) {
    return new Hardening(PEPPERS, PEPPERS.getFirst()::id, random)
        .store(userId, Secret.ofText(secret), new Workspace());
  }

  boolean matches(StoredSecret.Hardened stored, String userId, String secret) {
    return hardening.isCurrent(stored)
        && hardening.matches(stored, userId, Secret.ofText(secret), new Workspace());
  }

  @Override
  public void close() {
    pool.close();
  }

  private final class CountingBox implements SecretBox {
    @Override
    public Sealed seal(Secret secret, Sealed.Place place) {
      return box.seal(secret, place);
    }

    @Override
    public Secret open(Sealed value) {
      tried.incrementAndGet();
      try {
        gate.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      return box.open(value);
    }
  }

  /** A hash as Dovecot keeps it, quickly computed. */
  static String ssha(String password) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(password.getBytes(StandardCharsets.UTF_8));
      byte[] salt = "saltsalt".getBytes(StandardCharsets.US_ASCII);
      byte[] digest = sha.digest(salt);
      byte[] both = new byte[digest.length + salt.length];
      System.arraycopy(digest, 0, both, 0, digest.length);
      System.arraycopy(salt, 0, both, digest.length, salt.length);
      return "{SSHA256}" + Base64.getEncoder().encodeToString(both);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
