package dev.postern.store.audit;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;

/**
 * Lets a person's data go. Blocks on the database: never called on an event loop.
 *
 * <p>What is kept about a person is read with {@link dev.postern.store.auth.Users}, {@link
 * dev.postern.store.auth.AppPasswords}, {@link SignIns} and {@link Changes}.
 */
public interface PersonalData {

  /**
   * Removes a user with everything, as {@link dev.postern.store.auth.Users#remove} does, and takes
   * the person out of the record: entries stay, with a keyed pseudonym instead of the user and
   * without addresses, programs, names, labels, reasons and what things looked like.
   *
   * @return the pseudonym
   * @throws RefusedException {@code NOT_FOUND} if there is no such user
   */
  String erase(String user, Actor actor);
}
