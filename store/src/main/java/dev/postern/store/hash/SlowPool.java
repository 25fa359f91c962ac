package dev.postern.store.hash;

import static java.util.Objects.requireNonNull;

import dev.postern.store.auth.Secret;
import dev.postern.store.hash.WaitingRoom.Admission;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The threads that compute slow hashes: as many as the machine has cores and memory for, with a
 * bounded queue and a deadline.
 *
 * <p>Whoever waits gets turns by network, and within a network by user ({@link WaitingRoom}), so
 * that a flood from one place delays others by one turn each and never keeps them out, not even the
 * user whose password it guesses. When there is no room, or the deadline passes, the answer is a
 * {@link BusyException} at once: the client is told to come again, not that its password was wrong.
 *
 * <pre>
 *   ask ──► waiting ──► running ──► answered
 *    │         │ deadline  │ deadline: answered late, the work ends when it next looks
 *    ▼         ▼           ▼
 *  FULL       LATE        LATE
 * </pre>
 *
 * <p>Hashes that run at the same time take no more memory than a quarter of the heap: whoever needs
 * more than is left waits for it, within the same deadline ({@link Turn#compute}). What threads
 * keep from one hash to the next ({@link Workspace}) is at most as much again.
 *
 * <p>{@link #ask} may be called on an event loop: it takes a lock that is held for a few map
 * operations. Threads end after half a minute without work, and their memory with them.
 */
public final class SlowPool implements AutoCloseable {
  private final Limits limits;
  private final LongSupplier nanoTime;
  private final Executor threads;
  private final Timer timer;
  private final Runnable ending;

  // Not Workspace::new, which would load BouncyCastle at each start: most sites have no slow hash.
  private final ThreadLocal<Workspace> workspaces = ThreadLocal.withInitial(() -> new Workspace());
  private final JobQueue queue;
  private final HashMemory memory;
  private final Map<BusyException.Why, LongAdder> unmade = new EnumMap<>(BusyException.Why.class);

  SlowPool(Limits limits, LongSupplier nanoTime, Executor threads, Timer timer, Runnable ending) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.threads = threads;
    this.timer = timer;
    this.ending = ending;
    this.queue = new JobQueue(limits);
    this.memory = new HashMemory(limits.memory());
    for (BusyException.Why why : BusyException.Why.values()) {
      unmade.put(why, new LongAdder());
    }
  }

  /**
   * A pool with threads of its own.
   *
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  public static SlowPool start(Limits limits, LongSupplier nanoTime) {
    HashThreads threads = new HashThreads(limits.threads());
    return new SlowPool(limits, nanoTime, threads, threads, threads::end);
  }

  /**
   * Has {@code work} done on one of the threads, when it is its turn. The future fails with {@link
   * BusyException} if there is no room, or if the work is not done by the deadline; else with what
   * the work threw. It may be completed by any thread.
   *
   * @param userId whose password is checked; for an unknown user what was typed, or anything
   * @param peer where the client is
   * @param secret taken over: closed when the work has ended or will not be done
   */
  public <T> CompletableFuture<T> ask(
      String userId, InetAddress peer, Secret secret, Work<T> work) {
    CompletableFuture<T> answer = admit(userId, peer, secret, work);
    answer.whenComplete((_, failure) -> {
      if (failure instanceof BusyException busy) {
        requireNonNull(unmade.get(busy.why())).increment();
      }
    });
    return answer;
  }

  private <T> CompletableFuture<T> admit(
      String userId, InetAddress peer, Secret secret, Work<T> work) {
    SourceNetwork network = SourceNetwork.of(peer);
    SlowJob<T> job =
        new SlowJob<>(
            network, userId, secret, work, nanoTime.getAsLong() + limits.deadline().toNanos());
    switch (queue.admit(job)) {
      case Admission.Full<SlowJob<?>> _ -> job.giveUp(queue.refusal());
      case Admission.In<SlowJob<?>>(Optional<SlowJob<?>> displaced) -> {
        displaced.ifPresent(other -> other.giveUp(BusyException.Why.FULL));
        Runnable calm = timer.after(limits.deadline(), () -> passDeadline(job));
        job.answer().whenComplete((_, _) -> calm.run());
        startThread();
      }
    }
    return job.answer();
  }

  /**
   * As {@link #ask}, for work that nobody waits for and that may come another time: there is no
   * room for it where half of the room is taken, so that it takes nobody's place.
   */
  public <T> CompletableFuture<T> askIfQuiet(
      String userId, InetAddress peer, Secret secret, Work<T> work) {
    if (2 * waiting() >= limits.waiting()) {
      secret.close();
      return CompletableFuture.failedFuture(new BusyException(BusyException.Why.FULL));
    }
    return admit(userId, peer, secret, work);
  }

  /** Checks that wait for a thread now. */
  public int waiting() {
    return queue.waiting();
  }

  /** How many that somebody waited for were not made, or not to their end. */
  public long unmade(BusyException.Why why) {
    return requireNonNull(unmade.get(why)).sum();
  }

  /** Ends the threads; what waits, and whatever is asked from now on, is answered with busy. */
  @Override
  public void close() {
    queue.close().forEach(job -> job.giveUp(BusyException.Why.CLOSED));
    ending.run();
  }

  private void startThread() {
    if (!queue.admitThread()) {
      return;
    }
    try {
      threads.execute(this::workOff);
    } catch (RejectedExecutionException _) {
      // Closed meanwhile, and what waited was answered by close().
      queue.withdrawThread();
    }
  }

  /** What a thread does: one job after another, until nobody waits. */
  private void workOff() {
    Workspace workspace = workspaces.get();
    for (Optional<SlowJob<?>> job = queue.next(); job.isPresent(); job = queue.next()) {
      job.get().run(new Turn(workspace, this, job.get()));
    }
  }

  private void passDeadline(SlowJob<?> job) {
    if (queue.leave(job)) {
      job.giveUp(BusyException.Why.LATE);
    } else {
      // A thread has it, and closes the secret when it has done.
      job.answer().completeExceptionally(new BusyException(BusyException.Why.LATE));
    }
  }

  /**
   * How much there is of everything.
   *
   * @param threads most at work
   * @param waiting most that wait for a thread
   * @param perNetwork most of them from one /24 or /48
   * @param perUser most of them for one user
   * @param deadline from asking to giving up, waiting included
   * @param memory MiB that all hashes at work take together at most
   */
  public record Limits(
      int threads, int waiting, int perNetwork, int perUser, Duration deadline, int memory) {
    /** MiB: one usual hash. */
    private static final int MEMORY_PER_THREAD = 20;

    public Limits {
      if (threads < 1
          || waiting < 1
          || perNetwork < 1
          || perUser < 1
          || !deadline.isPositive()
          || memory < MEMORY_PER_THREAD) {
        throw new IllegalArgumentException("a pool of slow hashes needs some of everything");
      }
    }

    /** As much memory as usual hashes take. */
    public Limits(int threads, int waiting, int perNetwork, int perUser, Duration deadline) {
      this(threads, waiting, perNetwork, perUser, deadline, threads * MEMORY_PER_THREAD);
    }

    /**
     * What suits a machine: a quarter of the heap; a thread for each core, as long as each can
     * compute a usual hash in it; 64 waiting for each thread.
     *
     * @param maxHeap bytes
     */
    public static Limits of(int cores, long maxHeap) {
      int memory = Math.clamp((maxHeap / 4) >> 20, MEMORY_PER_THREAD, Integer.MAX_VALUE);
      int threads = Math.clamp(memory / MEMORY_PER_THREAD, 1, Math.max(1, cores));
      int waiting = 64 * threads;
      return new Limits(threads, waiting, waiting / 4, waiting / 8, Duration.ofSeconds(10), memory);
    }

    /**
     * Whether a hash can be computed at all.
     *
     * @param kib what it takes
     */
    public boolean fits(int kib) {
      return mib(kib) <= memory;
    }

    private static int mib(int kib) {
      return Math.ceilDiv(kib, 1024);
    }
  }

  /** Slow work with a secret. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * Does it, each hash by {@link Turn#compute}.
     *
     * @param secret closed afterwards
     */
    T run(Secret secret, Turn turn);
  }

  /** What a piece of work is lent while it runs. */
  public static final class Turn {
    private final Workspace workspace;
    private final SlowPool pool;
    private final SlowJob<?> job;

    private Turn(Workspace workspace, SlowPool pool, SlowJob<?> job) {
      this.workspace = workspace;
      this.pool = pool;
      this.job = job;
    }

    /** Memory for Argon2. */
    public Workspace workspace() {
      return workspace;
    }

    /** Whether nobody waits for the result any more. */
    public boolean isOverdue() {
      return job.answer().isDone() || timeLeft() <= 0;
    }

    /** See {@link Limits#fits}. */
    public boolean fits(int kib) {
      return pool.limits.fits(kib);
    }

    /**
     * Computes one hash, as soon as there is memory for it.
     *
     * @param kib what it takes; it must {@link #fits fit}
     * @throws BusyException if there is none by the deadline, or nobody waits for the result
     */
    public <T> T compute(int kib, Supplier<T> hash) {
      requireTime();
      int mib = Limits.mib(kib);
      pool.memory.take(mib, timeLeft());
      try {
        requireTime();
        return hash.get();
      } finally {
        pool.memory.giveBack(mib);
      }
    }

    private long timeLeft() {
      return job.deadline() - pool.nanoTime.getAsLong();
    }

    /**
     * Ends the work if nobody waits for its result any more.
     *
     * @throws BusyException if so
     */
    public void requireTime() {
      if (isOverdue()) {
        throw new BusyException(BusyException.Why.LATE);
      }
    }
  }

  /** Calls something later. */
  @FunctionalInterface
  interface Timer {
    /** Runs {@code action} after {@code delay} unless the returned one was run before. */
    Runnable after(Duration delay, Runnable action);
  }
}
