package dev.postern.deploy.cli;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.MailboxTrial;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Whether mail servers can be spoken to, without a login. */
final class UpstreamParts {
  private final CheckedParts parts;
  private final GatewayConfig config;
  private final Instant now;

  UpstreamParts(CheckedParts parts, GatewayConfig config, Instant now) {
    this.parts = parts;
    this.config = config;
    this.now = now;
  }

  /** Says what was found of each; whether all are good. */
  boolean check(List<UpstreamHealth> healths) {
    boolean isWell = true;
    for (UpstreamHealth health : healths) {
      isWell &= say(health);
    }
    return isWell;
  }

  private boolean say(UpstreamHealth health) {
    String name = "upstream " + health.upstream() + " " + health.protocol().word();
    Optional<UpstreamFailure> failure = failure(health.detail());
    if (health.isUp() || failure.isEmpty()) {
      return parts.say(name, health.isUp(), health.detail());
    }
    ObjectNode about =
        Output.object()
            .put("upstream", health.upstream())
            .put("protocol", health.protocol().word());
    return parts.down(
        about,
        name,
        failure.get().cause().word(),
        failure.get().detail(),
        advice(health, failure.get()).remedy(failure.get()));
  }

  /** The detail begins with the word of its cause. */
  private static Optional<UpstreamFailure> failure(String detail) {
    return Stream.of(Cause.values())
        .filter(cause -> detail.startsWith(cause.word() + ": "))
        .findFirst()
        .map(cause -> new UpstreamFailure(cause, detail.substring(cause.word().length() + 2)));
  }

  /** That of a login by nobody. */
  private MailboxAdvice advice(UpstreamHealth health, UpstreamFailure failure) {
    return new MailboxAdvice(
        config,
        new MailboxTrial(
            "", health.upstream(), Optional.of(health.protocol()), "", Optional.of(failure)),
        now);
  }
}
