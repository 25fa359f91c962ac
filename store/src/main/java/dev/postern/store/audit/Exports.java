package dev.postern.store.audit;

import dev.postern.store.RefusedException;
import dev.postern.store.session.EndedSession;
import java.util.List;
import java.util.Optional;

/**
 * The record for those who take it elsewhere: pages in the order of numbers, each of which goes on
 * behind the number that the one before ended with. Numbers become visible in their order, so that
 * whoever goes on misses nothing, however slow others are with what they write; some are never
 * used, or not any more. What changes once it has a number gets a new one, and is read again under
 * the same id: attempts that were folded into an entry, and whatever is of a person who was erased.
 * Blocks on the database.
 */
public interface Exports {
  /** Most entries of a page. */
  int LONGEST_PAGE = 1000;

  /**
   * An entry with its number.
   *
   * @param number from 1
   * @param id stays the same if it is read again
   */
  record Numbered<T>(long number, String id, T entry) {}

  /**
   * What was changed, and alarms.
   *
   * @param after 0 to begin
   * @param limit 1 to {@link #LONGEST_PAGE}
   * @return fewer than {@code limit} if there are no more for now
   * @throws RefusedException {@code INVALID} if {@code limit} is out of range or no number is as
   *     high as {@code after}: then the database is another one, or an older state of it
   */
  List<Numbered<Changes.Entry>> changes(long after, int limit);

  /** Attempts to log in; otherwise as {@link #changes}. */
  List<Numbered<SignIns.Entry>> signIns(long after, int limit);

  /** Sessions that have ended; otherwise as {@link #changes}. */
  List<Numbered<EndedSession>> sessions(long after, int limit);

  /**
   * Sessions of one user that have ended, the latest login first, whether they have a number or
   * not.
   *
   * @param after the id behind which to go on; empty at first
   * @param limit 1 to {@link #LONGEST_PAGE}
   */
  List<EndedSession> sessionsOf(String userId, Optional<String> after, int limit);
}
