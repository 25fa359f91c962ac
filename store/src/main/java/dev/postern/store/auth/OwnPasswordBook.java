package dev.postern.store.auth;

import java.util.concurrent.CompletableFuture;

/**
 * What is kept of those who log in with their own passwords. Never blocks; answers come on another
 * thread, within the deadline of the database, or exceptionally.
 */
public interface OwnPasswordBook {

  /**
   * Makes a user of somebody whose own password the upstream took.
   *
   * @param name that a user may have
   * @param userId the id he gets
   * @return whether there is a user of that name and id now
   */
  CompletableFuture<Boolean> enrol(LoginName name, String userId);

  /**
   * Asks whether it is time to tell the user's client that own passwords will end, and takes note
   * that it is told: true for one of all that ask in a day, on all nodes.
   */
  CompletableFuture<Boolean> isNoticeDue(String userId, Scope protocol);
}
