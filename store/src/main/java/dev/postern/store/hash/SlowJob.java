package dev.postern.store.hash;

import dev.postern.store.auth.Secret;
import dev.postern.store.hash.SlowPool.Turn;
import dev.postern.store.hash.SlowPool.Work;
import java.util.concurrent.CompletableFuture;

/**
 * Something slow that was asked for: whose it is, until when it must be answered, and the answer.
 * Owns the secret, which is closed by whoever runs it or gives it up. One thread does either; any
 * may complete the answer before.
 */
final class SlowJob<T> {
  private final SourceNetwork network;
  private final String userId;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final Secret entry;
  private final Work<T> work;
  private final long deadline;

  SlowJob(SourceNetwork network, String userId, Secret entry, Work<T> work, long deadline) {
    this.network = network;
    this.userId = userId;
    this.entry = entry;
    this.work = work;
    this.deadline = deadline;
  }

  SourceNetwork network() {
    return network;
  }

  String userId() {
    return userId;
  }

  CompletableFuture<T> answer() {
    return answer;
  }

  /** By the pool's clock. */
  long deadline() {
    return deadline;
  }

  void run(Turn turn) {
    try {
      turn.requireTime();
      answer.complete(work.run(entry, turn));
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    } finally {
      entry.close();
    }
  }

  void giveUp(BusyException.Why why) {
    entry.close();
    answer.completeExceptionally(new BusyException(why));
  }
}
