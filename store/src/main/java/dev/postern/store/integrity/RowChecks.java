package dev.postern.store.integrity;

import dev.postern.store.integrity.RowAlarm.Trouble;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The question that each row is asked when it is read: are you what Postern wrote, and the newest?
 */
public final class RowChecks {
  private final RowSignatures signatures;
  private final SeenVersions seen;

  /** Apart: whoever can write the database can say of any number of rows that they are gone. */
  private final SeenVersions gone;

  private final RowAlarm alarm;

  public RowChecks(RowSignatures signatures, SeenVersions seen, RowAlarm alarm) {
    this.signatures = signatures;
    this.seen = seen;
    this.gone = seen.another();
    this.alarm = alarm;
  }

  /**
   * Whether the row may be believed; raises the alarm if not.
   *
   * <p>Does not remember the version: the reader may be a transaction that sees its own changes,
   * which nobody knows to last. Whoever reads what is committed says so with {@link #committed}.
   */
  public boolean isGenuine(
      String table, String row, long version, RowFacts facts, @Nullable String signature) {
    Optional<Trouble> trouble = trouble(table, row, version, facts, signature);
    trouble.ifPresent(found -> alarm.raise(table, row, found));
    return trouble.isEmpty();
  }

  /** Why the row may not be believed, if so; leaves the alarm to the caller: {@link #raise}. */
  public Optional<Trouble> trouble(
      String table, String row, long version, RowFacts facts, @Nullable String signature) {
    if (!signatures.isRight(facts, signature)) {
      return Optional.of(Trouble.ALTERED);
    }
    return seen.isOutdated(table, row, version) || gone.isOutdated(table, row, version)
        ? Optional.of(Trouble.PUT_BACK)
        : Optional.empty();
  }

  /** Raises the alarm about a row with {@link #trouble}. */
  public void raise(String table, String row, Trouble trouble) {
    alarm.raise(table, row, trouble);
  }

  /** A genuine row was read that is in the database for good. */
  public void committed(String table, String row, long version) {
    seen.note(table, row, version);
  }

  /** A row was taken away, and its name never comes again. */
  public void removed(String table, String row) {
    gone.noteGone(table, row);
  }

  /**
   * A row was taken away, and may come again.
   *
   * @param version which it has at least if it does
   */
  public void removedBefore(String table, String row, long version) {
    gone.note(table, row, version);
  }

  /** Says that a row makes no sense. */
  public void malformed(String table, String row) {
    alarm.raise(table, row, Trouble.MALFORMED);
  }

  /** Says that a row needs a key that is not here. */
  public void keyMissing(String table, String row) {
    alarm.raise(table, row, Trouble.KEY_MISSING);
  }

  /** Says that a row is gone that nobody takes away. */
  public void gone(String table, String row) {
    alarm.raise(table, row, Trouble.ALTERED);
  }

  /** The signature to store beside such a row. */
  public String sign(RowFacts facts) {
    return signatures.sign(facts);
  }
}
