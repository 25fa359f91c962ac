package dev.postern.store.audit;

import java.time.Instant;

/** Attempts that are the same, and when and how often they were made. */
public record FoldedSignIns(Fold fold, Instant first, Instant last, long attempts) {

  /** Both together, under this fold. */
  public FoldedSignIns plus(FoldedSignIns other) {
    return new FoldedSignIns(
        fold,
        first.isBefore(other.first) ? first : other.first,
        last.isAfter(other.last) ? last : other.last,
        attempts + other.attempts);
  }
}
