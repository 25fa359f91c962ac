package dev.postern.bench;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long right logins take, from connecting to the tagged OK, while wrong passwords arrive over
 * sockets from ten thousand addresses, against the same gateway in quiet, in turns. The gateway
 * runs on the first processor; start this on the second, {@code taskset -c 1}.
 *
 * <p>{@code -Dseconds=60} of attack, {@code -Dwrong=1000} a second, {@code -Drounds=3}. Ends with
 * an error if a right login was refused.
 */
public final class SocketAttack {
  private static final int SECONDS = Integer.getInteger("seconds", 60);
  private static final int WRONG_A_SECOND = Integer.getInteger("wrong", 1_000);
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final int RIGHT_A_SECOND = 50;
  private static final int WARM_UP_SECONDS = 90;
  private static final int ADDRESSES = 10_000;

  /** Longer than any answer waits. */
  private static final int SETTLE_MILLIS = 20_000;

  private SocketAttack() {}

  /** Prints a line for each phase. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (AttackedSite site = new AttackedSite(false)) {
      // The same as later: else the compiler works beside the first attack. Meanwhile one core is
      // not enough for so many, and who comes from nowhere may find no place.
      var _ = attacked(site, "warming up", WARM_UP_SECONDS);
      for (int round = 1; round <= ROUNDS; round++) {
        double[] quiet = site.rightLogins("quiet", SECONDS / 2, RIGHT_A_SECOND);
        double[] attacked = attacked(site, "attacked", SECONDS);
        site.requireNoneRefused();
        System.out.printf(
            Locale.ROOT,
            "  ratio: median %.2f, p99 %.2f%n",
            Percentiles.ofSorted(attacked, 0.5) / Percentiles.ofSorted(quiet, 0.5),
            Percentiles.ofSorted(attacked, 0.99) / Percentiles.ofSorted(quiet, 0.99));
      }
    }
  }

  private static double[] attacked(AttackedSite site, String phase, int seconds)
      throws InterruptedException {
    Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    Thread wrong =
        Thread.ofPlatform()
            .start(
                () -> site.arrive(seconds, WRONG_A_SECOND, random -> wrong(site, random, answers)));
    double[] millis = site.logins(phase, seconds, RIGHT_A_SECOND);
    wrong.join();
    Thread.sleep(SETTLE_MILLIS);
    System.out.println("  wrong ones were answered: " + new TreeMap<>(answers));
    return millis;
  }

  private static void wrong(AttackedSite site, Random random, Map<String, LongAdder> answers) {
    int address = random.nextInt(ADDRESSES);
    String answer =
        site.logIn(
            "10." + address / 250 + "." + address % 250 + ".1",
            site.user(random),
            String.format(Locale.ROOT, "%016d", random.nextLong(1_000_000_000_000L)));
    answers
        .computeIfAbsent(
            answer.replaceAll("^(a NO \\[[A-Z]+\\]|\\* BYE).*", "$1"), _ -> new LongAdder())
        .increment();
  }
}
