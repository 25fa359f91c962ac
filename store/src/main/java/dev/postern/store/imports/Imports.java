package dev.postern.store.imports;

import dev.postern.store.Actor;
import java.util.List;

/** Takes hashes of other systems over. Blocks on the database: never call it on an event loop. */
public interface Imports {
  /** Most secrets of one call. */
  int MOST = 1000;

  /** Most app passwords that a user may have afterwards, so that a login tries no more hashes. */
  int MOST_PER_USER = 40;

  /**
   * Takes some over in one transaction, adding users that do not exist. Importing the same again
   * changes nothing; a hash that has changed at its source meanwhile replaces the old one, unless
   * the secret was used here and is kept in another form since.
   *
   * @param secrets at most {@link #MOST}; not closed
   * @param isRehearsal whether to say what would happen and to change nothing
   * @return what became of each, in the same order
   */
  List<Verdict> take(List<ForeignSecret> secrets, boolean isRehearsal, Actor actor);

  /** What became of a secret. */
  sealed interface Verdict {
    /** It is an app password now. */
    record Added(String id) implements Verdict {}

    /** It was imported before, and its hash has changed. */
    record Replaced(String id) implements Verdict {}

    /** It was imported before. */
    record Unchanged(String id) implements Verdict {}

    /**
     * It cannot be used.
     *
     * @param why for people; names no secret
     */
    record Refused(String why) implements Verdict {}
  }
}
