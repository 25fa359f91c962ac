package dev.postern.store.audit;

import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Reads the record of login attempts. Blocks on the database: never called on an event loop. What
 * this process noted in the last seconds may not be in it yet.
 */
public interface SignIns {
  /** Most entries in a page. */
  int LONGEST_PAGE = 1000;

  /**
   * Entries that fit, those with the latest attempts first.
   *
   * @param after the {@link Entry#id} of the last entry of the page before; empty for the first
   * @param limit 1–{@value #LONGEST_PAGE}
   */
  List<Entry> list(Query query, Optional<String> after, int limit);

  /**
   * The entry with that {@link Entry#id}, if it is still there. After further attempts it has
   * another id too, and is found by either.
   */
  Optional<Entry> find(String id);

  /**
   * Which entries are wanted; empty parts want all.
   *
   * @param user a user's name, an app password's own login name, a name that nobody has, or the id
   *     of a user who was removed
   * @param since entries with an attempt at or after that
   * @param until entries with no attempt at or after that
   */
  record Query(
      Optional<String> user,
      Optional<Cidr> network,
      Optional<String> outcome,
      Optional<String> reason,
      Optional<Instant> since,
      Optional<Instant> until) {

    /** Everything there is. */
    public static final Query ALL =
        new Query(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public Query ofUser(String name) {
      return new Query(Optional.of(name), network, outcome, reason, since, until);
    }
  }

  /**
   * Attempts that were the same within one hour.
   *
   * @param id for paging; opaque
   * @param userId whose; a pseudonym if the user was erased; empty if nobody has the name
   * @param user that user's name today; empty if there is none any more
   * @param nameDigest of a name that nobody had: the same name has the same
   * @param domain of a name that nobody had, if it looked like one
   * @param peer empty: from various sources, of which there were too many to keep
   */
  record Entry(
      String id,
      Instant firstAt,
      Instant lastAt,
      long attempts,
      Optional<String> userId,
      Optional<String> user,
      Optional<String> nameDigest,
      Optional<String> domain,
      Optional<String> credentialId,
      String protocol,
      String mechanism,
      Optional<InetAddress> peer,
      String clientName,
      String outcome,
      String reason,
      Optional<String> upstream) {}
}
