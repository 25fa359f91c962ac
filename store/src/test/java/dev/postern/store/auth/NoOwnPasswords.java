package dev.postern.store.auth;

import dev.postern.store.testing.TestClock;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** A site where nobody's own password is taken. */
final class NoOwnPasswords {
  private NoOwnPasswords() {}

  static OwnPasswords make() {
    return new OwnPasswords(
        () -> PassThrough.NONE,
        new OwnPasswordBook() {
          @Override
          public CompletableFuture<Boolean> enrol(LoginName name, String userId) {
            return CompletableFuture.completedFuture(false);
          }

          @Override
          public CompletableFuture<Boolean> isNoticeDue(String userId, Scope protocol) {
            return CompletableFuture.completedFuture(false);
          }
        },
        RandomGenerator.of("L64X128MixRandom"),
        TestClock.standing(),
        () -> 0);
  }
}
