package dev.postern.store.policy;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How often the policy service said what. Safe for use by several threads. */
public final class PolicyAnswers {
  private final Map<Kind, LongAdder> counts = new EnumMap<>(Kind.class);

  /** What it can say. */
  public enum Kind {
    ALLOW,
    DELAY,
    REFUSE,
    /** Nothing, or nothing that makes sense. */
    FAILURE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in metrics. */
    public String word() {
      return word;
    }
  }

  public PolicyAnswers() {
    for (Kind kind : Kind.values()) {
      counts.put(kind, new LongAdder());
    }
  }

  /** Since the start. */
  public long count(Kind kind) {
    return of(kind).sum();
  }

  void note(Kind kind) {
    of(kind).increment();
  }

  private LongAdder of(Kind kind) {
    return Objects.requireNonNull(counts.get(kind));
  }
}
