package dev.postern.gateway;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.net.UpstreamWatch;
import dev.postern.gateway.smtp.SmtpUpstream;
import dev.postern.store.auth.Scope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What upstreams that can be reached do not offer although the configuration needs it of them:
 * every login there would fail. Immutable.
 */
final class Shortfalls {
  private final GatewayConfig config;
  private final UpstreamWatch watch;

  /**
   * Judges by the last probe.
   *
   * @param watch of the same configuration
   */
  Shortfalls(GatewayConfig config, UpstreamWatch watch) {
    this.config = config;
    this.watch = watch;
  }

  /** The same, or down with the first reason why nobody could log in. */
  UpstreamHealth judge(UpstreamHealth health) {
    if (!health.isUp()) {
      return health;
    }
    return reasons(health)
        .findFirst()
        .map(reason -> new UpstreamHealth(health.upstream(), health.protocol(), false, reason))
        .orElse(health);
  }

  private Stream<String> reasons(UpstreamHealth health) {
    return switch (health.protocol()) {
      case SUBMISSION ->
          watch.offers(Scope.SUBMISSION, Optional.of(health.upstream())).stream()
              .flatMap(features -> Stream.concat(word(health, features), floors(health, features)));
      case IMAP, POP3 -> Stream.empty();
    };
  }

  private Stream<String> word(UpstreamHealth health, List<String> features) {
    return config.upstreams().values().stream()
        .filter(upstream -> upstream.name().equals(health.upstream()))
        .filter(upstream -> upstream.login() instanceof LoginMethod.Trusted)
        .flatMap(_ -> SmtpUpstream.withoutXclientLogin(features).stream())
        .map(Shortfalls::text);
  }

  private Stream<String> floors(UpstreamHealth health, List<String> features) {
    return config.listeners().stream()
        .filter(listener -> listener.protocol() == health.protocol())
        .filter(listener -> listener.upstream().map(health.upstream()::equals).orElse(true))
        .flatMap(listener ->
            SmtpUpstream.belowFloor(listener.extensions(), features).stream()
                .map(failure -> text(failure) + " (" + address(listener) + ")"));
  }

  private static String text(UpstreamFailure failure) {
    return failure.cause().word() + ": " + failure.detail();
  }

  private static String address(Listener listener) {
    return "submission on " + listener.host() + ":" + listener.port();
  }
}
