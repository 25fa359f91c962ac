package dev.postern.admin.auth;

import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/**
 * Counts answers beside those of the mail listeners, under the same names; the mechanism says who
 * asked.
 */
final class AuthMetrics {
  private static final List<String> OUTCOMES =
      List.of("accepted", "rejected", "throttled", "unavailable");

  private final MeterRegistry registry;
  private final Counter overBudget;

  AuthMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.overBudget =
        Counter.builder("postern.auth.service.over.budget")
            .description(
                "Questions of other programs put off because their token had too many refusals")
            .register(registry);
  }

  /** Registers what is known in advance, where there is a listener for it. */
  void expect() {
    for (Scope protocol : Scope.values()) {
      for (Way way : Way.values()) {
        OUTCOMES.forEach(outcome -> attempts(protocol, way, outcome));
      }
      for (RejectReason reason : RejectReason.values()) {
        refusals(protocol, reason);
      }
    }
  }

  void overBudget() {
    overBudget.increment();
  }

  void decided(Question question, AuthOutcome outcome) {
    attempts(question.protocol(), question.way(), outcome.word()).increment();
    switch (outcome) {
      case AuthOutcome.Accepted _, AuthOutcome.Delegate _, AuthOutcome.Unavailable _ -> {}
      case AuthOutcome.Rejected(RejectReason reason) ->
          refusals(question.protocol(), reason).increment();
      case AuthOutcome.Throttled(RejectReason reason, _, _) ->
          refusals(question.protocol(), reason).increment();
    }
  }

  private Counter attempts(Scope protocol, Way way, String outcome) {
    return Counter.builder("postern.login.attempts")
        .description("Login attempts by outcome")
        .tag("protocol", protocol.word())
        .tag("mechanism", way.word())
        .tag("outcome", outcome)
        .register(registry);
  }

  private Counter refusals(Scope protocol, RejectReason reason) {
    return Counter.builder("postern.login.refusals")
        .description("Refused logins by the reason that the client does not learn")
        .tag("protocol", protocol.word())
        .tag("reason", reason.word())
        .register(registry);
  }
}
