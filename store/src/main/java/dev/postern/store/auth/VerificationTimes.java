package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Tells how long checks of app passwords take. Of those that need neither the database nor a slow
 * hash one in {@value #SAMPLE} is timed: reading the clock twice would take a fifth of such a
 * check.
 */
public final class VerificationTimes {
  private static final int SAMPLE = 64;

  /** What {@link #sample} says of a check that is not timed. */
  private static final long UNTIMED = Long.MIN_VALUE;

  private final Ticker ticker;
  private volatile @Nullable Listener listener;

  /**
   * @param ticker exact
   */
  public VerificationTimes(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Has {@code next} told instead of whoever was told before. */
  public void tell(Listener next) {
    listener = next;
  }

  /** The beginning of a check of which there are very many. */
  long sample() {
    return listener != null && (ThreadLocalRandom.current().nextInt() & SAMPLE - 1) == 0
        ? ticker.read()
        : UNTIMED;
  }

  /** The beginning of a check that takes its time. */
  long start() {
    return ticker.read();
  }

  void end(long start, Form form, Source source) {
    Listener told = listener;
    if (start != UNTIMED && told != null) {
      told.took(form, source, ticker.read() - start);
    }
  }

  /** How the secret is stored that was checked. */
  public enum Form {
    KEYED("keyed"),
    ARGON2ID("argon2id"),
    IMPORTED("imported");

    private final String word;

    Form(String word) {
      this.word = word;
    }

    /** As in metrics. */
    public String word() {
      return word;
    }
  }

  /** Where the user's rows came from. Of slow forms the hash alone is timed, and its waiting. */
  public enum Source {
    CACHE("cache"),
    DATABASE("database");

    private final String word;

    Source(String word) {
      this.word = word;
    }

    /** As in metrics. */
    public String word() {
      return word;
    }
  }

  /** Gets to know of a check, on the thread that made it; must be quick. */
  @FunctionalInterface
  public interface Listener {
    void took(Form form, Source source, long nanos);
  }
}
