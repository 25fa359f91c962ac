package dev.postern.store.auth;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What app passwords may be, by user, group, domain and site. Every method blocks on the database:
 * never call it on an event loop. A policy is for what is made or widened from now on; app
 * passwords that exist stay as they are.
 *
 * <p>Methods throw {@link RefusedException} with {@code NOT_FOUND} for an unknown user, {@code
 * INVALID} for a name that cannot be one, and {@code STATE} if a policy that matters was altered by
 * somebody else than Postern; until that is set anew, no app password is made under it.
 */
public interface Policies {

  /**
   * What is in force for a user; for others, what would be for somebody of whom no more is known.
   */
  AppPasswordPolicy inForce(PolicySubject subject);

  /** What the policy of just this subject says; nothing if there is none. */
  PolicyRules of(PolicySubject subject);

  /** The same, and which version of it that is. */
  PolicyState read(PolicySubject subject);

  /**
   * Makes a policy say this and nothing else. One that was altered is replaced too, if no version
   * is expected.
   *
   * @param expected the version that is to be replaced; empty: any
   * @throws RefusedException {@code STALE} if the version is another
   */
  PolicyState replace(PolicySubject subject, PolicyRules rules, OptionalLong expected, Actor actor);

  /**
   * Adds rules to a policy, in place of earlier ones of the same kind. One that was altered is
   * replaced by these rules alone.
   */
  PolicyRules set(PolicySubject subject, PolicyRules rules, Actor actor);

  /** Makes a policy say nothing. */
  void clear(PolicySubject subject, Actor actor);

  /**
   * Takes some rules out of a policy and returns what it still says. One that was altered is
   * refused: nobody knows what would be left of it.
   *
   * @param rules those that it does not have are no error
   */
  PolicyRules clear(PolicySubject subject, Set<PolicyRules.Name> rules, Actor actor);
}
