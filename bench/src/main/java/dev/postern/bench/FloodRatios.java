package dev.postern.bench;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Verifier;
import dev.postern.store.sql.BenchConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How long right passwords take while 10,000 wrong ones ({@code -Dwrong}) from ten thousand
 * addresses arrive each second, against none, in turns.
 *
 * <p>Two threads in the place of event loops. Attempts arrive at random times whether or not the
 * last one is decided, and the time of each begins when it should have begun, so that one that
 * waits behind others is charged for it. Once with wrong passwords of users that are cached; once
 * with names that nobody has, a new one each time, so that each asks the database; and once with
 * such names and a password as people choose them, which is what most who guess send.
 */
public final class FloodRatios {
  private static final int USERS = 1_000;
  private static final int LOOPS = 2;
  private static final double RIGHT_A_SECOND = 1_000;
  private static final double WRONG_A_SECOND = Integer.getInteger("wrong", 10_000);
  private static final int ADDRESSES = 10_000;
  private static final int ROUNDS = Integer.getInteger("rounds", 5);
  private static final Duration ROUND = Duration.ofSeconds(Integer.getInteger("seconds", 10));

  private static final NewAppPassword SPEC =
      new NewAppPassword(
          "Thunderbird",
          Set.of(Scope.IMAP, Scope.SUBMISSION),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty());

  private FloodRatios() {}

  /** What arrives beside the right passwords. */
  private enum Flood {
    NONE,
    WRONG_PASSWORDS,
    UNKNOWN_NAMES,
    HUMAN_PASSWORDS
  }

  private static final InetAddress OFFICE = InetAddress.ofLiteral("198.51.100.7");

  private static InetAddress attacker(int number) {
    return InetAddress.ofLiteral("10." + number / 250 + "." + number % 250 + ".1");
  }

  private record Account(String name, byte[] secret) {}

  /** Prints a line for each round and the quotients; about three minutes and a half. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("postern-bench-");
    try (Store store =
        Store.open(
            BenchConfig.of(new StoreConfig.Database.Sqlite(folder.resolve("flood.db"))),
            Store.Schema.MIGRATE,
            Clock.systemUTC())) {
      List<Account> accounts = accounts(store);
      for (Flood flood : Flood.values()) {
        System.out.println(new Round(store.verifier(), accounts, flood, 0).run()); // warms up
      }
      Map<Flood, double[]> p99 = new EnumMap<>(Flood.class);
      for (int round = 0; round < ROUNDS; round++) {
        for (Flood flood : Flood.values()) {
          Result result = new Round(store.verifier(), accounts, flood, round + 1).run();
          System.out.println(result);
          p99.computeIfAbsent(flood, _ -> new double[ROUNDS])[round] = result.p99();
        }
      }
      double[] quiet = Objects.requireNonNull(p99.get(Flood.NONE));
      p99.forEach((flood, flooded) -> {
        double[] ratios =
            IntStream.range(0, ROUNDS).mapToDouble(i -> flooded[i] / quiet[i]).toArray();
        System.out.printf(
            Locale.ROOT,
            "%s: p99 %.1f µs (median of rounds), ratio %.2f (of each round: %s)%n",
            flood,
            Percentiles.of(flooded, 0.5),
            Percentiles.of(ratios, 0.5),
            Arrays.stream(ratios)
                .mapToObj(ratio -> String.format(Locale.ROOT, "%.2f", ratio))
                .collect(Collectors.joining(" ")));
      });
    } finally {
      Folders.delete(folder);
    }
  }

  private static List<Account> accounts(Store store) {
    List<String> names =
        IntStream.range(0, USERS).mapToObj("user%06d@example.com"::formatted).toList();
    List<Account> accounts = new ArrayList<>();
    store
        .appPasswords()
        .createForAll(
            names,
            SPEC,
            true,
            new Actor("bench", "admin", Channel.CLI),
            (IssuedAppPassword issued) ->
                accounts.add(
                    new Account(
                        issued.appPassword().user(),
                        issued.secret().expose(bytes -> bytes.clone()))));
    return accounts;
  }

  private record Result(Flood flood, int right, long wrong, long late, double[] sorted) {
    double p99() {
      return Percentiles.ofSorted(sorted, 0.99);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%-16s %,7d right, %,8d wrong (%d unavailable): median %7.1f µs, p99 %7.1f µs, p99.9 %8.1f µs",
          flood,
          right,
          wrong,
          late,
          Percentiles.ofSorted(sorted, 0.5),
          p99(),
          Percentiles.ofSorted(sorted, 0.999));
    }
  }

  /** Some seconds of arrivals on every loop. */
  private static final class Round {
    private final Verifier verifier;
    private final List<Account> accounts;
    private final Flood flood;
    private final int number;
    private final LongAdder wrong = new LongAdder();
    private final LongAdder unavailable = new LongAdder();

    Round(Verifier verifier, List<Account> accounts, Flood flood, int number) {
      this.verifier = verifier;
      this.accounts = accounts;
      this.flood = flood;
      this.number = number;
    }

    Result run() throws InterruptedException {
      List<Loop> loops =
          IntStream.range(0, LOOPS)
              .mapToObj(i -> new Loop(new Random(LOOPS * number + i)))
              .toList();
      List<Thread> threads = loops.stream().map(loop -> Thread.ofPlatform().start(loop)).toList();
      for (Thread thread : threads) {
        thread.join();
      }
      double[] micros =
          loops.stream()
              .flatMapToDouble(loop -> loop.micros.stream().mapToDouble(m -> m))
              .sorted()
              .toArray();
      return new Result(flood, micros.length, wrong.sum(), unavailable.sum(), micros);
    }

    private final class Loop implements Runnable {
      private final Random random;
      private final List<Double> micros = new ArrayList<>();

      Loop(Random random) {
        this.random = random;
      }

      @Override
      public void run() {
        long start = System.nanoTime();
        long end = ROUND.toNanos();
        double nextRight = gap(RIGHT_A_SECOND);
        double nextWrong = flood == Flood.NONE ? Double.MAX_VALUE : gap(WRONG_A_SECOND);
        while (Math.min(nextRight, nextWrong) < end) {
          double due = Math.min(nextRight, nextWrong);
          // Sleeps as an event loop does; one that spins would take the cores from everybody else.
          for (long left = nanosUntil(start, due); left > 0; left = nanosUntil(start, due)) {
            LockSupport.parkNanos(left);
          }
          if (nextRight <= nextWrong) {
            right(start + (long) due);
            nextRight += gap(RIGHT_A_SECOND);
          } else {
            wrong();
            nextWrong += gap(WRONG_A_SECOND);
          }
        }
      }

      private static long nanosUntil(long start, double due) {
        return (long) due - (System.nanoTime() - start);
      }

      /** Nanoseconds until the next arrival here, of which the other loops have their share. */
      private double gap(double aSecond) {
        return -Math.log(1 - random.nextDouble()) * 1e9 * LOOPS / aSecond;
      }

      private void right(long due) {
        Account account = accounts.get(random.nextInt(USERS));
        AuthOutcome outcome =
            verify(account.name(), Secret.owning(account.secret().clone()), OFFICE)
                .toCompletableFuture()
                .join();
        micros.add((System.nanoTime() - due) / 1e3);
        if (!(outcome instanceof AuthOutcome.Accepted)) {
          throw new IllegalStateException("a right password is refused: " + outcome);
        }
      }

      private void wrong() {
        String name =
            switch (flood) {
              case NONE -> throw new IllegalStateException("nothing else arrives");
              case WRONG_PASSWORDS -> accounts.get(random.nextInt(USERS)).name();
              case UNKNOWN_NAMES, HUMAN_PASSWORDS ->
                  Long.toHexString(random.nextLong()) + "@example.com";
            };
        int guess = random.nextInt(100_000_000);
        String password =
            flood == Flood.HUMAN_PASSWORDS
                ? "Summer" + guess + "!"
                : String.format(Locale.ROOT, "zzzzzzzz%08d", guess);
        byte[] secret = password.getBytes(StandardCharsets.US_ASCII);
        CompletionStage<AuthOutcome> _ =
            verify(name, Secret.owning(secret), attacker(random.nextInt(ADDRESSES)))
                .whenComplete((outcome, _) -> {
                  wrong.increment();
                  if (outcome instanceof AuthOutcome.Unavailable) {
                    unavailable.increment();
                  }
                });
      }

      private CompletionStage<AuthOutcome> verify(String name, Secret secret, InetAddress from) {
        return verifier.verify(
            new Attempt(name, secret, Scope.IMAP, Protection.TLS_1_3, "plain", from, ""));
      }
    }
  }
}
