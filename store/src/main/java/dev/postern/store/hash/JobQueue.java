package dev.postern.store.hash;

import dev.postern.store.hash.WaitingRoom.Admission;
import java.util.List;
import java.util.Optional;

/**
 * Hands jobs from those who ask to the threads that do them: who waits, and how many threads are at
 * work. Safe for use by several threads, event loops among them: each method takes one lock for a
 * few map operations, and calls nothing else while it holds it.
 */
final class JobQueue {
  private final int threads;

  private final Object lock = new Object();
  private final WaitingRoom<SlowJob<?>> room;
  private int running;
  private boolean isClosed;

  JobQueue(SlowPool.Limits limits) {
    this.threads = limits.threads();
    this.room = new WaitingRoom<>(limits.waiting(), limits.perNetwork(), limits.perUser());
  }

  Admission<SlowJob<?>> admit(SlowJob<?> job) {
    synchronized (lock) {
      return isClosed ? new Admission.Full<>() : room.enter(job.network(), job.userId(), job);
    }
  }

  /** Why there is no room. */
  BusyException.Why refusal() {
    synchronized (lock) {
      return isClosed ? BusyException.Why.CLOSED : BusyException.Why.FULL;
    }
  }

  /** Whether another thread may begin, which counts as running from now on. */
  boolean admitThread() {
    synchronized (lock) {
      if (running == threads || room.size() == 0) {
        return false;
      }
      running++;
      return true;
    }
  }

  /** A thread that was admitted did not begin. */
  void withdrawThread() {
    synchronized (lock) {
      running--;
    }
  }

  /** The next job of a running thread; if there is none, the thread does not run any more. */
  Optional<SlowJob<?>> next() {
    synchronized (lock) {
      Optional<SlowJob<?>> job = room.next();
      if (job.isEmpty()) {
        running--;
      }
      return job;
    }
  }

  /** Takes a job out; false if it does not wait any more. */
  boolean leave(SlowJob<?> job) {
    synchronized (lock) {
      return room.leave(job.network(), job.userId(), job);
    }
  }

  int waiting() {
    synchronized (lock) {
      return room.size();
    }
  }

  /** Lets nobody in from now on; those who waited. */
  List<SlowJob<?>> close() {
    synchronized (lock) {
      isClosed = true;
      return room.empty();
    }
  }
}
