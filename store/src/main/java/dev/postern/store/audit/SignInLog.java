package dev.postern.store.audit;

/**
 * Takes down login attempts. Called on event loops: it never blocks, and writes to the database
 * later, off the path of the login. Safe for use by several threads.
 */
public interface SignInLog {

  /** Notes an attempt. */
  void note(SignIn attempt);

  /** Notes nothing, for questions that must leave no trace. */
  static SignInLog none() {
    return _ -> {};
  }
}
