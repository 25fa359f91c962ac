package dev.postern.store.auth;

import dev.postern.store.Actor;
import dev.postern.store.Page;
import dev.postern.store.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Issues and ends app passwords. Every method blocks on the database: never call it on an event
 * loop. A change is committed, and on its way to every node, when the method returns; within one
 * second it stops new logins and ends live sessions everywhere. Methods throw {@link
 * RefusedException} with {@code NOT_FOUND} for an unknown user or id, and with {@code STALE} where
 * the {@link AppPassword#version()} that is expected, if one is, is another.
 */
public interface AppPasswords {

  /**
   * Makes one; {@code LIMIT} when the user has as many active ones as policy allows, {@code
   * CONFLICT} when one of them has that label.
   */
  IssuedAppPassword create(String user, NewAppPassword spec, Actor actor);

  /**
   * Makes one for each user, in transactions of a few hundred; {@code committed} is called for each
   * after its transaction is durable, in order, on the calling thread. Stops at the first user that
   * is refused, with everything handed out so far committed and nothing committed that was not
   * handed out.
   *
   * @param addMissing adds users that do not exist
   */
  void createForAll(
      List<String> users,
      NewAppPassword spec,
      boolean addMissing,
      Actor actor,
      Consumer<IssuedAppPassword> committed);

  Optional<AppPassword> find(String id);

  /** All of a user, newest first, revoked ones included. */
  List<AppPassword> list(String user);

  /**
   * Those of the whole site that fit, in the order of their ids, in bounded time however many there
   * are.
   *
   * @param after the {@link Page#next} of the page before; empty for the first
   * @param limit 1–1000
   */
  Page<AppPassword> page(AppPasswordFilter filter, Optional<String> after, int limit);

  /**
   * Every one that is active or suspended, by the names of their users; read in pages, so that
   * memory does not grow with their number. What changes meanwhile may be missed.
   */
  void forEachWorking(Consumer<AppPassword> each);

  /**
   * A new secret with the same label, and the same scopes, networks and ends as far as policy
   * allows them now; {@code STATE} if it allows too little for what the old one is for. The old one
   * ends at the first use of the new one, or after {@code overlap} (zero ends it at once). An own
   * login name moves to the new one.
   */
  IssuedAppPassword rotate(String id, Duration overlap, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version it has. */
  default IssuedAppPassword rotate(String id, Duration overlap, Actor actor) {
    return rotate(id, overlap, OptionalLong.empty(), actor);
  }

  /**
   * Changes label, scopes, networks or ends; {@code STATE} if it has ended, {@code CONFLICT} if
   * another one of the user that has not ended has that label. What narrows ends the sessions that
   * it leaves out.
   */
  AppPassword edit(String id, AppPasswordEdit edit, Actor actor);

  /** {@code STATE} if it is revoked. */
  AppPassword suspend(String id, String reason, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version it has. */
  default AppPassword suspend(String id, String reason, Actor actor) {
    return suspend(id, reason, OptionalLong.empty(), actor);
  }

  /** {@code STATE} if it is revoked. */
  AppPassword resume(String id, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version it has. */
  default AppPassword resume(String id, Actor actor) {
    return resume(id, OptionalLong.empty(), actor);
  }

  /** Final. Revoking twice keeps the first reason. */
  AppPassword revoke(String id, String reason, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version it has. */
  default AppPassword revoke(String id, String reason, Actor actor) {
    return revoke(id, reason, OptionalLong.empty(), actor);
  }

  /** Revokes all of a user that are not revoked; returns those. */
  List<AppPassword> revokeAll(String user, String reason, Actor actor);

  /** What {@link #revokeAll(Revocation, String, Actor, IntConsumer)} would do now. */
  Revocation.Forecast wouldRevoke(Revocation which);

  /**
   * Revokes all that are meant, in short transactions, and returns how many there were. If it is
   * interrupted, what was done so far has been done; starting it again does the rest.
   *
   * @param committed called after each transaction with how many have been revoked so far
   */
  int revokeAll(Revocation which, String reason, Actor actor, IntConsumer committed);
}
