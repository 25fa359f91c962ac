package dev.postern.store.audit;

import java.time.Instant;
import java.util.function.Consumer;

/** Tells of all users how far they are on the way from their own passwords to app passwords. */
public interface ReadinessReport {

  /**
   * Goes through all users by name, a page at a time. Blocks on the database.
   *
   * @param since older logins do not count
   */
  void forEach(Instant since, Consumer<Readiness> each);
}
