package dev.postern.admin.auth;

import dev.postern.store.Store;
import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.RejectReason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the store's verifier for other programs, as the mail listeners do for their clients: the
 * same throttle, record, metrics and wait. Safe for use by several threads, which it blocks.
 */
final class Verification {
  private static final Logger LOG = LoggerFactory.getLogger(Verification.class);

  /** The verifier has deadlines of its own; this is for the day when they do not hold. */
  private static final Duration LONGEST = Duration.ofSeconds(25);

  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration LATER = Duration.ofHours(1);

  private final AuthDesk desk;
  private final AuthMetrics metrics;
  private final FailureBudgets budgets;
  private final AuthLog log = new AuthLog();
  private final Patience patience = new Patience();

  Verification(AuthDesk desk, AuthMetrics metrics, FailureBudgets budgets) {
    this.desk = desk;
    this.metrics = metrics;
    this.budgets = budgets;
  }

  /**
   * The answer, when it may be given; closes the secret.
   *
   * @param token who asks
   * @param began {@link System#nanoTime} when the question came
   */
  Decision decide(Store store, ApiToken token, Question question, long began) {
    if (isOverBudget(token)) {
      question.secret().close();
      return new Decision.Unavailable(budgets.left(token.id()));
    }
    AuthOutcome outcome = outcome(store, question);
    metrics.decided(question, outcome);
    log.decided(question, outcome);
    count(token, outcome);
    patience.hold(began, desk.failureDelay(), outcome);
    return switch (outcome) {
      case AuthOutcome.Accepted(var grant) -> new Decision.Accepted(grant);
      case AuthOutcome.Rejected(var reason) -> new Decision.Rejected(reason);
      case AuthOutcome.Throttled(var reason, _, var isRefused) ->
          isRefused ? new Decision.Throttled(LATER) : new Decision.Rejected(reason);
      case AuthOutcome.Delegate _, AuthOutcome.Unavailable _ -> new Decision.Unavailable(SOON);
    };
  }

  /**
   * The same where what came cannot be compared with an app password: counted and held back like a
   * wrong one, but no guess of the client's, whose log line would have it shut out.
   */
  Decision unfit(ApiToken token, Question question, long began) {
    question.secret().close();
    if (isOverBudget(token)) {
      return new Decision.Unavailable(budgets.left(token.id()));
    }
    AuthOutcome outcome = new AuthOutcome.Rejected(RejectReason.WRONG_SHAPE);
    metrics.decided(question, outcome);
    count(token, outcome);
    patience.hold(began, desk.failureDelay(), outcome);
    return new Decision.Rejected(RejectReason.UNKNOWN_USER);
  }

  private boolean isOverBudget(ApiToken token) {
    boolean isOver = budgets.isUsedUp(token.id(), desk.failuresPerMinute());
    if (isOver) {
      metrics.overBudget();
    }
    return isOver;
  }

  private static AuthOutcome outcome(Store store, Question question) {
    if (question.isExposed()) {
      store.verifier().exposed(question.attempt());
      return new AuthOutcome.Rejected(RejectReason.IN_CLEAR);
    }
    CompletableFuture<AuthOutcome> asked =
        store.verifier().verify(question.attempt()).toCompletableFuture();
    try {
      AuthOutcome outcome = asked.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
      if (outcome instanceof AuthOutcome.Delegate(var delegation)) {
        // Cannot be: nobody judges own passwords here.
        delegation.secret().close();
        delegation.unanswered();
        return new AuthOutcome.Unavailable(Trouble.UPSTREAM);
      }
      return outcome;
    } catch (TimeoutException _) {
      return new AuthOutcome.Unavailable(Trouble.OVERLOADED);
    } catch (ExecutionException fault) {
      LOG.error("no verdict", fault);
      return new AuthOutcome.Unavailable(Trouble.DATABASE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new AuthOutcome.Unavailable(Trouble.OVERLOADED);
    }
  }

  private void count(ApiToken token, AuthOutcome outcome) {
    switch (outcome) {
      case AuthOutcome.Accepted _, AuthOutcome.Delegate _, AuthOutcome.Unavailable _ -> {}
      case AuthOutcome.Rejected _, AuthOutcome.Throttled _ -> {
        int most = desk.failuresPerMinute();
        if (budgets.failed(token.id(), most)) {
          LOG.warn(
              "token {} ({}) had {} refusals within a minute: its questions are put off until the"
                  + " minute is over",
              token.id(),
              token.name(),
              most);
        }
      }
    }
  }
}
