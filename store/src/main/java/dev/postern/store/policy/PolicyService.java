package dev.postern.store.policy;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.LoginPolicy;
import dev.postern.store.policy.PolicyHook.OnFailure;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The site's policy service, if it has one, as the last to have a say in a login. Safe for use by
 * several threads.
 */
public final class PolicyService implements LoginPolicy, AutoCloseable {
  private static final CompletionStage<Ruling> ADMITTED =
      CompletableFuture.completedStage(Ruling.ADMIT);

  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Logger log = LoggerFactory.getLogger(PolicyService.class);

  private final PolicyAnswers answers = new PolicyAnswers();
  private final Ticker ticker;

  /** When a failure was in the log last. */
  private final AtomicLong loggedAt;

  private volatile Optional<Asked> asked = Optional.empty();

  /** A service and what happens without it. */
  private record Asked(PolicyHook hook, PolicyExchange exchange) {}

  public PolicyService(Ticker ticker) {
    this.ticker = ticker;
    this.loggedAt = new AtomicLong(ticker.read() - QUIET_NANOS);
  }

  public PolicyAnswers answers() {
    return answers;
  }

  /** From now on that service is asked, or none. */
  public synchronized void follow(Optional<PolicyHook> hook) {
    Optional<Asked> before = asked;
    if (before.isPresent() && hook.filter(before.get().hook::isSame).isPresent()) {
      return; // who is being asked about goes on
    }
    asked = hook.map(next -> new Asked(next, new PolicyExchange(next)));
    before.ifPresent(old -> old.exchange.close());
  }

  @Override
  public CompletionStage<Ruling> ask(Attempt attempt, Grant grant) {
    Optional<Asked> now = asked;
    return now.isEmpty()
        ? ADMITTED
        : now.get()
            .exchange
            .ask(attempt, grant)
            .thenCompose(answer -> ruling(answer, now.get().hook.onFailure()));
  }

  private CompletionStage<Ruling> ruling(PolicyAnswer answer, OnFailure onFailure) {
    return switch (answer) {
      case PolicyAnswer.Allow _ -> {
        answers.note(PolicyAnswers.Kind.ALLOW);
        yield ADMITTED;
      }
      case PolicyAnswer.Delay(var delay) -> {
        answers.note(PolicyAnswers.Kind.DELAY);
        yield CompletableFuture.supplyAsync(
            () -> Ruling.ADMIT,
            CompletableFuture.delayedExecutor(
                delay.toMillis(), TimeUnit.MILLISECONDS, PolicyExchange.THREADS));
      }
      case PolicyAnswer.Refuse _ -> {
        answers.note(PolicyAnswers.Kind.REFUSE);
        yield CompletableFuture.completedStage(Ruling.REFUSE);
      }
      case PolicyAnswer.NoRoom(String why) -> {
        // Whoever asks often enough must not get around a service that would refuse him.
        answers.note(PolicyAnswers.Kind.FAILURE);
        logFailure(why, OnFailure.REFUSE);
        yield CompletableFuture.completedStage(Ruling.UNKNOWN);
      }
      case PolicyAnswer.Failure(String why) -> {
        answers.note(PolicyAnswers.Kind.FAILURE);
        logFailure(why, onFailure);
        yield switch (onFailure) {
          case ALLOW -> ADMITTED;
          case REFUSE -> CompletableFuture.completedStage(Ruling.UNKNOWN);
        };
      }
    };
  }

  /** At most once a second. */
  private void logFailure(String why, OnFailure onFailure) {
    long now = ticker.read();
    long last = loggedAt.get();
    if (now - last >= QUIET_NANOS && loggedAt.compareAndSet(last, now)) {
      log.warn(
          "the policy service is of no use: {}; {}",
          why,
          switch (onFailure) {
            case ALLOW -> "logins go on without it";
            case REFUSE -> "clients are told to try again later";
          });
    }
  }

  @Override
  public void close() {
    follow(Optional.empty());
  }
}
