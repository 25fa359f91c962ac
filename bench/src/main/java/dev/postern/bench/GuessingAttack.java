package dev.postern.bench;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.guard.Throttle;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.sql.BenchConfig;
import dev.postern.store.sql.SqlStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A million guesses at the secrets of three users, whose names the attacker knows, from a hundred
 * thousand addresses within a day, on a clock of its own; and what the owners see of it. One user
 * has an app password, one a secret that he made himself, one is nobody. Ends with an error if an
 * owner was ever refused, or more than a hundred guesses were compared in any hour with what the
 * second one made. Then how much memory a million addresses take.
 */
public final class GuessingAttack {
  private static final int GUESSES = Integer.getInteger("guesses", 1_000_000);
  private static final int ADDRESSES = 100_000;
  private static final Duration LENGTH = Duration.ofHours(24);
  private static final int OWNER_EVERY = 1_000;
  private static final int ALLOWED = 100;

  private static final String OWN = "Tr0ub4dor&3";
  private static final InetAddress OFFICE = address(0xC6336407);
  private static final Actor ACTOR = new Actor("bench", "admin", Channel.CLI);

  private GuessingAttack() {}

  /** Who is attacked. */
  private enum Victim {
    MACHINE_MADE("alice@example.com"),
    OWN_SECRET("bob@example.com"),
    NOBODY("nobody@example.com");

    private final String user;

    Victim(String user) {
      this.user = user;
    }
  }

  /** Prints both tables; some three minutes. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("postern-bench-");
    AtomicLong nanos = new AtomicLong(1);
    try (SqlStore store =
        SqlStore.open(
            BenchConfig.of(new StoreConfig.Database.Sqlite(folder.resolve("attack.db"))),
            true,
            new FakeClock(nanos),
            nanos::get,
            new SecureRandom())) {
      byte[] machineMade = users(store);
      System.out.printf(
          Locale.ROOT,
          "%,d guesses at each name from %,d addresses in %d h of a fake clock%n",
          GUESSES,
          ADDRESSES,
          LENGTH.toHours());
      for (Victim victim : Victim.values()) {
        new Attack(store, nanos, victim, machineMade).run();
        nanos.addAndGet(Duration.ofHours(2).toNanos());
      }
    } finally {
      Folders.delete(folder);
    }
    memory();
  }

  private static byte[] users(SqlStore store) {
    var _ = store.users().add(Victim.MACHINE_MADE.user, Optional.empty(), Optional.empty(), ACTOR);
    var _ =
        store
            .imports()
            .take(
                List.of(
                    new ForeignSecret(
                        "bench/bob",
                        Victim.OWN_SECRET.user,
                        "imported",
                        Secret.ofText(hash(OWN)),
                        Set.of(Scope.IMAP),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        false)),
                false,
                ACTOR);
    NewAppPassword spec =
        new NewAppPassword(
            "Thunderbird",
            Set.of(Scope.IMAP),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty());
    return store
        .appPasswords()
        .create(Victim.MACHINE_MADE.user, spec, ACTOR)
        .secret()
        .expose(bytes -> bytes.clone());
  }

  /** The guesses at one victim, and its owner's logins in between. */
  private static final class Attack {
    private final SqlStore store;
    private final AtomicLong nanos;
    private final Victim victim;
    private final byte[] machineMade;
    private final Deque<Long> compared = new ArrayDeque<>();
    private int comparedAtMost;
    private int logins;
    private int refused;
    private long slowed;
    private long toldToComeBack;

    Attack(SqlStore store, AtomicLong nanos, Victim victim, byte[] machineMade) {
      this.store = store;
      this.nanos = nanos;
      this.victim = victim;
      this.machineMade = machineMade;
    }

    void run() {
      long gap = LENGTH.toNanos() / GUESSES;
      long start = System.nanoTime();
      owner(OFFICE);
      for (int i = 0; i < GUESSES; i++) {
        guess(i);
        if (i % OWNER_EVERY == 0) {
          owner(OFFICE);
          if (victim == Victim.MACHINE_MADE) {
            owner(attacker(i)); // behind an address that guesses
          }
        }
        nanos.addAndGet(gap);
      }
      System.out.printf(
          Locale.ROOT,
          "%-13s %,d guesses (%,d slowed, %,d told to come back), in the worst hour %,d compared;"
              + " owner: %,d logins, %d refused; %.1f µs a guess%n",
          victim.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          GUESSES,
          slowed,
          toldToComeBack,
          comparedAtMost,
          logins,
          refused,
          (System.nanoTime() - start) / 1e3 / GUESSES);
      if (refused > 0) {
        throw new IllegalStateException("the owner was locked out");
      }
      if (victim == Victim.OWN_SECRET && comparedAtMost > ALLOWED) {
        throw new IllegalStateException("more than " + ALLOWED + " guesses were compared");
      }
    }

    private void guess(int number) {
      // Some in our alphabet, some as people choose them.
      String secret =
          number % 2 == 0 ? String.format(Locale.ROOT, "%016d", number) : "Summer" + number + "!";
      AuthOutcome outcome = verify(attacker(number), secret.getBytes(StandardCharsets.US_ASCII));
      boolean isCompared =
          switch (outcome) {
            case AuthOutcome.Accepted _, AuthOutcome.Delegate _ ->
                throw new IllegalStateException("a guess was right");
            case AuthOutcome.Rejected _ -> true;
            case AuthOutcome.Throttled(RejectReason reason, _, boolean isRefused) -> {
              slowed += isRefused ? 0 : 1;
              toldToComeBack += isRefused ? 1 : 0;
              yield reason != RejectReason.TOO_MANY_GUESSES;
            }
            case AuthOutcome.Unavailable(var trouble) ->
                throw new IllegalStateException("no answer: " + trouble);
          };
      if (isCompared) {
        compared.addLast(nanos.get());
        while (compared.getFirst() <= nanos.get() - Duration.ofHours(1).toNanos()) {
          compared.removeFirst();
        }
        comparedAtMost = Math.max(comparedAtMost, compared.size());
      }
    }

    private void owner(InetAddress from) {
      byte[] right =
          switch (victim) {
            case MACHINE_MADE -> machineMade.clone();
            case OWN_SECRET -> OWN.getBytes(StandardCharsets.US_ASCII);
            case NOBODY -> new byte[0];
          };
      if (victim != Victim.NOBODY) {
        logins++;
        refused += verify(from, right) instanceof AuthOutcome.Accepted ? 0 : 1;
      }
    }

    private AuthOutcome verify(InetAddress from, byte[] secret) {
      return store
          .verifier()
          .verify(
              new Attempt(
                  victim.user,
                  Secret.owning(secret),
                  Scope.IMAP,
                  Protection.TLS_1_3,
                  "plain",
                  from,
                  ""))
          .toCompletableFuture()
          .join();
    }
  }

  /** A million addresses in as many networks, each of which sent some wrong secrets. */
  private static void memory() {
    Throttle throttle = new Throttle(ThrottleRules.DEFAULT, System::nanoTime, new SecureRandom());
    long before = used();
    for (int i = 0; i < 1_000_000; i++) {
      byte[] secret = ("secret-" + i).getBytes(StandardCharsets.US_ASCII);
      for (int j = 0; j < 2; j++) {
        secret[0] = (byte) j;
        Throttle.Answer _ =
            throttle
                .guess("user" + i, new Throttle.Owner("user" + i, 0), address((i + 1) << 8), secret)
                .wrong();
      }
    }
    long after = used();
    System.out.printf(
        Locale.ROOT, "1,000,000 addresses in as many /24: %.0f MB%n", (after - before) / 1e6);
    if (throttle.isFishing(OFFICE)) {
      throw new IllegalStateException("kept until here, so that it counts");
    }
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static InetAddress attacker(int number) {
    return address(0x0A000000 + number % ADDRESSES * 131);
  }

  private static InetAddress address(int bits) {
    try {
      return InetAddress.getByAddress(
          new byte[] {(byte) (bits >> 24), (byte) (bits >> 16), (byte) (bits >> 8), (byte) bits});
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String hash(String password) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(password.getBytes(StandardCharsets.US_ASCII));
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

  /** Goes with the ticker. */
  private static final class FakeClock extends Clock {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private final AtomicLong nanos;

    FakeClock(AtomicLong nanos) {
      this.nanos = nanos;
    }

    @Override
    public Instant instant() {
      return START.plusNanos(nanos.get());
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
