package dev.postern.store.auth;

import dev.postern.store.Actor;
import dev.postern.store.Page;
import dev.postern.store.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Keeps users. Every method blocks on the database: never call it on an event loop. A change is
 * committed, and on its way to every node, when the method returns. Names may be given as a person
 * types them; they are normalised here. Methods that name a user throw {@link RefusedException}
 * with {@code NOT_FOUND} if there is none, and {@code INVALID} for a name that cannot be one.
 */
public interface Users {
  /** Most aliases of a user. */
  int MOST_ALIASES = 100;

  /**
   * Adds a user; {@code CONFLICT} if the name is a user's or an app password's own login name
   * already.
   */
  User add(String name, Optional<String> upstream, Optional<String> upstreamUser, Actor actor);

  Optional<User> find(String name);

  /** The user of that {@link User#id}. */
  Optional<User> findById(String id);

  /**
   * Users by name, those after {@code after} (exclusive; empty for the start), at most {@code
   * limit} (1–1000).
   */
  List<User> list(String after, int limit);

  /**
   * Users who fit, by name, in bounded time however many there are.
   *
   * @param after the {@link Page#next} of the page before, or a name; empty for the start
   * @param limit 1–1000
   */
  Page<User> list(UserFilter filter, String after, int limit);

  /** The user who logs in with that name: the own one, an alias, or one of an app password. */
  Optional<User> holder(String loginName);

  /**
   * New logins fail at once and live sessions end. Disabling twice keeps the first reason. {@code
   * STALE} if another version is expected.
   */
  User disable(String name, String reason, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version the user has. */
  default User disable(String name, String reason, Actor actor) {
    return disable(name, reason, OptionalLong.empty(), actor);
  }

  /** Undoes that; {@code STALE} if another version is expected. */
  User enable(String name, OptionalLong expectedVersion, Actor actor);

  /** The same, whatever version the user has. */
  default User enable(String name, Actor actor) {
    return enable(name, OptionalLong.empty(), actor);
  }

  /**
   * Pins the user to another upstream or mailbox there, puts the user into a group or out of it,
   * and protects the user or not. Live sessions that are at another mailbox than the user's end.
   * Nobody makes app passwords for a protected user; those that exist go on.
   *
   * @throws RefusedException {@code STALE} if the version is not the expected one
   */
  User edit(String name, UserEdit edit, Actor actor);

  /** Whether any user is in that group, or a policy is for it. */
  boolean isGroup(String group);

  /** Other names that the user may log in with, in the order of their bytes. */
  List<String> aliases(String name);

  /**
   * Lets the user log in with another name too; one that he has already is no change. {@code
   * CONFLICT} if the name is taken, {@code LIMIT} if he has {@value #MOST_ALIASES}.
   */
  void addAlias(String name, String alias, Actor actor);

  /** Undoes that; {@code NOT_FOUND} if it is none of the user's. Live sessions go on. */
  void removeAlias(String name, String alias, Actor actor);

  /** Removes the user with app passwords and upstream passwords; all names are free again. */
  default void remove(String name, Actor actor) {
    remove(name, OptionalLong.empty(), actor);
  }

  /**
   * The same if that is still the user's {@link User#version}.
   *
   * @throws RefusedException also {@code STALE}
   */
  void remove(String name, OptionalLong expectedVersion, Actor actor);

  /**
   * Seals and keeps the user's password at an upstream, in place of an earlier one. Does not close
   * {@code password}.
   */
  void setUpstreamPassword(String name, String upstream, Secret password, Actor actor);

  /** Names of the upstreams for which the user has a stored password. */
  List<String> upstreamPasswords(String name);
}
