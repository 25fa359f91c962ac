package dev.postern.gateway.net;

import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Secret;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the upstream is to say about a client's own secret, on one connection. Whatever comes of it,
 * the delegation hears of it once. Used by one event loop.
 */
final class Judgement {
  private final Consumer<Admission.Verdict> unjudged;
  private Optional<Asked> open = Optional.empty();

  /** What the verifier handed on. */
  record Asked(Delegation delegation, Admission.Verdict verdict) {}

  /**
   * @param unjudged hears of what the client did not wait for
   */
  Judgement(Consumer<Admission.Verdict> unjudged) {
    this.unjudged = unjudged;
  }

  void ask(Delegation delegation, Admission.Verdict verdict) {
    open = Optional.of(new Asked(delegation, verdict));
  }

  /** What is to be shown there; whoever takes it closes it. */
  Optional<Secret> secret() {
    return open.map(asked -> asked.delegation().secret());
  }

  /** Somebody knows now; he is to tell the delegation. */
  Optional<Asked> end() {
    Optional<Asked> ended = open;
    open = Optional.empty();
    return ended;
  }

  /** Nobody wants it any more, and nothing was sent. */
  void withdraw() {
    end()
        .ifPresent(asked -> {
          asked.delegation().secret().close();
          asked.delegation().unanswered();
          unjudged.accept(asked.verdict());
        });
  }

  /** The client is gone, perhaps since it does not wait for a refusal. */
  void abandon() {
    end()
        .ifPresent(asked -> {
          asked.delegation().abandoned();
          unjudged.accept(asked.verdict());
        });
  }
}
