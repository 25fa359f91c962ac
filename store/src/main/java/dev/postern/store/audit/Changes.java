package dev.postern.store.audit;

import dev.postern.store.Actor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Reads the record of what people changed, and of alarms. Blocks on the database: never called on
 * an event loop.
 */
public interface Changes {
  /** Most entries in a page. */
  int LONGEST_PAGE = 1000;

  /**
   * Entries that fit, newest first.
   *
   * @param after the {@link Entry#id} of the last entry of the page before; empty for the first
   * @param limit 1–{@value #LONGEST_PAGE}
   */
  List<Entry> list(Query query, Optional<String> after, int limit);

  /** The entry with that {@link Entry#id}, if it is still there. */
  Optional<Entry> find(String id);

  /**
   * Which entries are wanted; empty parts want all.
   *
   * @param user name or id of the user whose things were changed
   * @param actor who made the change
   * @param action as in {@link Entry#action}, or what stands before its dot
   * @param since at or after that
   * @param until before that
   */
  record Query(
      Optional<String> user,
      Optional<String> actor,
      Optional<String> action,
      Optional<Instant> since,
      Optional<Instant> until) {

    /** Everything there is. */
    public static final Query ALL =
        new Query(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public Query ofUser(String name) {
      return new Query(Optional.of(name), actor, action, since, until);
    }
  }

  /**
   * A change.
   *
   * @param id for paging; opaque
   * @param actor who it was, and from where; never what makes it once
   * @param action kind of thing and what was done, such as {@code user.disable}
   * @param before how it was, as JSON without secrets; empty if it was not there
   * @param after how it is since; empty if it is not there any more
   * @param reason as whoever did it gave it
   */
  record Entry(
      String id,
      Instant at,
      Actor actor,
      String action,
      Subject subject,
      Optional<String> before,
      Optional<String> after,
      Optional<String> reason) {}

  /**
   * What was changed.
   *
   * @param kind such as {@code user} or {@code app-password}
   * @param id its primary key; a pseudonym if a person was erased
   * @param name as people know it
   * @param userId whose it is, if it is a user's
   */
  record Subject(String kind, String id, Optional<String> name, Optional<String> userId) {}
}
