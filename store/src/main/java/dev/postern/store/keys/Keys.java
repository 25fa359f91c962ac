package dev.postern.store.keys;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.AppPassword;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What operators do with keys. All refuse with a {@link RefusedException}; waits for the database.
 */
public interface Keys {

  /** The keys of a kind, or all: those of the ring, then those that only this process knows. */
  List<KeyStatus> status(Optional<KeyKind> kind);

  /** Nodes that gave a sign of life in the last 30 seconds, by name. */
  List<LiveNode> nodes();

  /**
   * Writes down that a key file got a new key. Nothing is made with it until {@link #activate}.
   *
   * @param key the id must be new
   */
  void add(KeyKind kind, StoreConfig.Key key, Actor actor);

  /**
   * Makes new values with that key from now on, on every node within five seconds. Refuses until
   * this process and every live node hold it.
   */
  KeyStatus activate(KeyKind kind, String id, Actor actor);

  /** The app passwords that {@link #retirePepper} would end, in no particular order. */
  void underPepper(String id, Consumer<AppPassword> each);

  /** The API tokens that {@link #retirePepper} would end, in the order of their ids. */
  List<ApiToken> apiTokensUnderPepper(String id);

  /** The API tokens that were revoked with that pepper, in the order of their ids. */
  List<ApiToken> apiTokensRevokedWith(String pepper);

  /**
   * Ends a pepper that is not active: app passwords and API tokens that are still under it then,
   * because nobody used them since another was activated, are revoked.
   *
   * <p>Killed in between, it goes on where it was when it is called again; what has ended already
   * is named again then.
   *
   * @param by when; if that is not in the future, they are revoked before this returns
   * @param revoked each app password that was revoked with that pepper, whenever and by whichever
   *     node, once all are
   */
  KeyStatus retirePepper(String id, Instant by, Actor actor, Consumer<AppPassword> revoked);

  /**
   * Ends a sealing or integrity key that is not active: everything that was made with it is made
   * anew with the active one, in small transactions. Killed in between, it goes on where it was
   * when it is called again.
   *
   * @param progress values made anew so far
   */
  Renewed retire(KeyKind kind, String id, Actor actor, LongConsumer progress);

  /**
   * What became of the values of a key.
   *
   * @param renewed made anew
   * @param left rows that somebody else changed; they let nobody in and stay as they are
   * @param endedLinks links for consent that waited for a person, who needs another one
   */
  record Renewed(KeyStatus key, long renewed, long left, long endedLinks) {}
}
