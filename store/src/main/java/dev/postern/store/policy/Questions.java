package dev.postern.store.policy;

import dev.postern.store.policy.PolicyAnswer.Failure;
import dev.postern.store.policy.PolicyAnswer.NoRoom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Has questions put to the policy service: each when it is its turn ({@link Turns}), those that are
 * the same and open at the same time once, and each answered within the timeout since it was asked.
 *
 * <pre>
 *   ask ──► waiting ──► put ──► answered
 *    │         │         │ timeout: Failure; NoRoom if it had waited
 *    ▼         ▼ timeout ▼
 *  NoRoom    NoRoom    answered late
 * </pre>
 *
 * <p>Only a service that had the whole timeout has failed by its silence. A question that waited
 * and then found too little time left is answered as one that was never put, so that whoever asks
 * often enough does not get around a service that would refuse him.
 *
 * <p>An answer is for those who asked while the question was open; the next is put anew. Nothing
 * holds a thread while it waits. Safe for use by several threads, event loops among them: {@link
 * #ask} takes one lock for a few map operations. Services are called, and futures completed, on the
 * threads given, without the lock.
 */
final class Questions {
  /** The answer to whatever is asked after the end. */
  static final NoRoom CLOSED = new NoRoom("another service is asked by now, or none");

  private final Turns<Open> turns;
  private final int mostSharing;
  private final Duration timeout;
  private final Service service;
  private final Executor threads;
  private final Timer timer;

  private final Object lock = new Object();
  private final Map<PolicyQuestion, Open> open = new HashMap<>();
  private boolean isClosed;

  /**
   * @param mostSharing logins that one question may be about at once
   * @param timeout from asking to the answer, waiting included
   * @param threads where the service is called and answers are given
   * @param timer may call on any thread
   */
  Questions(
      Turns.Limits limits,
      int mostSharing,
      Duration timeout,
      Service service,
      Executor threads,
      Timer timer) {
    this.turns = new Turns<>(limits);
    this.mostSharing = mostSharing;
    this.timeout = timeout;
    this.service = service;
    this.threads = threads;
    this.timer = timer;
  }

  /** Whoever answers. */
  @FunctionalInterface
  interface Service {
    /** Never throws. The future is cancelled when nobody waits for it any more. */
    CompletableFuture<PolicyAnswer> put(PolicyQuestion question);
  }

  /** Calls something later. */
  @FunctionalInterface
  interface Timer {
    /** Runs {@code action} after {@code delay} unless the returned one was run before. */
    Runnable after(Duration delay, Runnable action);
  }

  /** One that waits or was put, and is not answered. */
  private static final class Open {
    final PolicyQuestion question;

    /** The answer when the time is over. */
    final PolicyAnswer late;

    final CompletableFuture<PolicyAnswer> answer = new CompletableFuture<>();

    /** Logins that wait for it; changed with the lock. */
    int sharing = 1;

    Open(PolicyQuestion question, PolicyAnswer late) {
      this.question = question;
      this.late = late;
    }

    String user() {
      return question.userId();
    }
  }

  /** What becomes of a question that is asked. */
  private sealed interface Admission {
    /** It has a place. */
    record Begun(Open mine) implements Admission {}

    /** It waits. */
    record Lined(Open mine) implements Admission {}

    /** Somebody asks the same. */
    record Shared(CompletableFuture<PolicyAnswer> answer) implements Admission {}

    /** It is not asked. */
    record Full(NoRoom answer) implements Admission {}
  }

  /**
   * The answer to a question, for this caller alone: whoever cancels it takes nothing from others.
   * Never completes exceptionally otherwise, and where it is not there already on a thread of those
   * that were given.
   */
  CompletableFuture<PolicyAnswer> ask(PolicyQuestion question) {
    return switch (admit(question)) {
      case Admission.Begun(Open mine) -> {
        setTimer(mine);
        start(mine);
        yield mine.answer.copy();
      }
      case Admission.Lined(Open mine) -> {
        setTimer(mine);
        yield mine.answer.copy();
      }
      case Admission.Shared(var answer) -> answer;
      case Admission.Full(NoRoom answer) -> CompletableFuture.supplyAsync(() -> answer, threads);
    };
  }

  private Admission admit(PolicyQuestion question) {
    synchronized (lock) {
      if (isClosed) {
        return new Admission.Full(CLOSED);
      }
      Open others = open.get(question);
      if (others != null) {
        return share(others);
      }
      if (turns.begin(question.userId())) {
        Open mine = new Open(question, new Failure("there is no answer within " + millis()));
        open.put(question, mine);
        return new Admission.Begun(mine);
      }
      Open mine =
          new Open(question, new NoRoom("it was not its turn, or too late, within " + millis()));
      if (!turns.line(question.userId(), mine)) {
        return new Admission.Full(new NoRoom("too many questions wait, in all or about one user"));
      }
      open.put(question, mine);
      return new Admission.Lined(mine);
    }
  }

  /** What is open is not answered: that comes after it was taken out. */
  private Admission share(Open others) {
    if (others.sharing == mostSharing) {
      return new Admission.Full(
          new NoRoom("more than " + mostSharing + " logins at once ask the same"));
    }
    others.sharing++;
    return new Admission.Shared(others.answer.copy());
  }

  private void setTimer(Open question) {
    Runnable calm = timer.after(timeout, () -> threads.execute(() -> end(question, question.late)));
    question.answer.whenComplete((_, _) -> calm.run());
  }

  private void start(Open question) {
    threads.execute(() -> {
      CompletableFuture<PolicyAnswer> call = service.put(question.question);
      question.answer.whenComplete((_, _) -> call.cancel(true));
      call.thenAccept(answer -> end(question, answer));
    });
  }

  /** Once: by the service, or by the timer. */
  private void end(Open question, PolicyAnswer answer) {
    Optional<Open> next;
    synchronized (lock) {
      if (!open.remove(question.question, question)) {
        return;
      }
      next = turns.leave(question.user(), question) ? Optional.empty() : turns.end(question.user());
    }
    next.ifPresent(this::start);
    question.answer.complete(answer);
  }

  /** What waits is told that there is no room; what was put comes to its end. */
  void close() {
    List<Open> waiting;
    synchronized (lock) {
      isClosed = true;
      waiting = turns.empty();
      waiting.forEach(question -> open.remove(question.question));
    }
    for (Open question : waiting) {
      threads.execute(() -> question.answer.complete(CLOSED));
    }
  }

  private String millis() {
    return timeout.toMillis() + " ms";
  }
}
