package dev.postern.store.access;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * What programs show at the admin API. {@link #check} and {@link #used} are for any thread, also an
 * event loop; all else blocks on the database.
 *
 * <p>A token's text is {@code ptk_}, the 12 characters of its id, {@code _} and 32 random ones, all
 * in the alphabet of app passwords. What is stored is a keyed digest of it.
 */
public interface ApiTokens {
  /** Most that work at once. */
  int MOST = 1_000;

  /** Most domains of one. */
  int MOST_DOMAINS = 100;

  /** Most entries in a page. */
  int LONGEST_PAGE = 1_000;

  /**
   * Makes one, which works on this node when this returns, and on the others within a second.
   *
   * @throws RefusedException {@code LIMIT} if {@value #MOST} work already; {@code CONFLICT} if one
   *     that works has the name; {@code INVALID} if name, domains or expiry are not as {@link
   *     NewApiToken} says; {@code STATE} if somebody else has filled the table
   */
  IssuedApiToken create(NewApiToken spec, Actor actor);

  /** Also one that has ended, for as long as the audit keeps changes. */
  Optional<ApiToken> find(String id);

  /**
   * In the order of their ids; those that have ended too, for as long as the audit keeps changes.
   *
   * @param afterId the last id of the page before; empty for the first
   * @param limit 1–{@value #LONGEST_PAGE}
   */
  List<ApiToken> list(String afterId, int limit);

  /**
   * Ends one for good, on this node when this returns, and on the others within a second. Revoking
   * twice keeps the first.
   *
   * @param reason for the audit, perhaps empty; at most 200 characters
   * @throws RefusedException {@code NOT_FOUND} if there is none
   */
  ApiToken revoke(String id, String reason, Actor actor);

  /**
   * The token whose text this is, if it works. In memory, as this node has heard of it last; while
   * the database is away for {@link dev.postern.store.StoreConfig#databaseGrace}, then nobody's.
   * Takes the same time whatever is wrong. The caller closes {@code presented}.
   */
  Optional<ApiToken> check(Secret presented);

  /** A token that was checked is used; written later, at most once a minute for each. */
  void used(ApiToken token, InetAddress from);
}
