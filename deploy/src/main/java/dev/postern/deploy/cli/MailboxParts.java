package dev.postern.deploy.cli;

import dev.postern.deploy.cli.MailboxList.Entry;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.MailboxTrial;
import dev.postern.gateway.MailboxTrials;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** Whether mailboxes can be logged in to, each in every protocol of its upstream. */
final class MailboxParts {
  private final CheckedParts parts;
  private final GatewayConfig config;
  private final Instant now;

  MailboxParts(CheckedParts parts, GatewayConfig config, Instant now) {
    this.parts = parts;
    this.config = config;
    this.now = now;
  }

  private sealed interface Begun {
    record Trial(CompletableFuture<List<MailboxTrial>> results) implements Begun {}

    record Nothing(Entry.Untried why) implements Begun {}
  }

  /** Tries them, and says of each what came of it, in the list's order; whether all are good. */
  boolean check(List<Entry> entries, Store store) {
    boolean isWell = true;
    if (entries.isEmpty()) {
      return isWell;
    }
    try (MailboxTrials trials = MailboxTrials.open(config, store.secretBox(), store.tokens())) {
      List<Begun> begun = entries.stream().map(entry -> begin(entry, trials)).toList();
      for (Begun one : begun) {
        switch (one) {
          case Begun.Nothing(Entry.Untried why) ->
              isWell &=
                  parts.down(
                      Output.object().put("user", why.name()),
                      "mailbox " + why.name(),
                      why.cause(),
                      why.detail(),
                      why.remedy());
          case Begun.Trial(var results) -> {
            for (MailboxTrial result : results.join()) {
              isWell &= say(result);
            }
          }
        }
      }
    }
    return isWell;
  }

  private static Begun begin(Entry entry, MailboxTrials trials) {
    return switch (entry) {
      case Entry.Known(var grant) -> new Begun.Trial(trials.begin(grant));
      case Entry.Untried why -> new Begun.Nothing(why);
    };
  }

  private boolean say(MailboxTrial trial) {
    String name =
        "mailbox " + trial.user() + trial.protocol().map(Scope::word).map(" "::concat).orElse("");
    ObjectNode about =
        Output.object()
            .put("user", trial.user())
            .put("protocol", trial.protocol().map(Scope::word).orElse(null))
            .put("upstream", trial.upstream())
            .put("upstreamUser", trial.mailbox());
    Optional<UpstreamFailure> failure = trial.failure();
    return failure.isEmpty()
        ? parts.good(
            about, name, trial.mailbox().equals(trial.user()) ? "" : "as " + trial.mailbox())
        : parts.down(
            about,
            name,
            failure.get().cause().word(),
            failure.get().detail(),
            new MailboxAdvice(config, trial, now).remedy(failure.get()));
  }
}
