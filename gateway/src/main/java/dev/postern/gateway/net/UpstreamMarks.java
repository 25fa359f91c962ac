package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.upstream.UpstreamState.Failure;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When upstreams last let somebody in, and last failed. Safe for use by several threads; one entry
 * for each endpoint.
 */
final class UpstreamMarks {
  private final InstantSource clock;
  private final Map<UpstreamTarget, Instant> logins = new ConcurrentHashMap<>();
  private final Map<UpstreamTarget, Failure> failures = new ConcurrentHashMap<>();

  UpstreamMarks(InstantSource clock) {
    this.clock = clock;
  }

  /** Takes over what another one knows of an endpoint. */
  void learnFrom(UpstreamMarks other, UpstreamTarget target) {
    Optional.ofNullable(other.logins.get(target)).ifPresent(at -> logins.put(target, at));
    Optional.ofNullable(other.failures.get(target)).ifPresent(why -> failures.put(target, why));
  }

  void loggedIn(UpstreamTarget target) {
    logins.put(target, clock.instant());
  }

  /**
   * Notes what is the upstream's, or of our way to it, and not of one mailbox. What a server says
   * of a login may name somebody, and stays in the log.
   */
  void failed(UpstreamTarget target, UpstreamFailure failure) {
    switch (failure.cause()) {
      case CONNECT,
          TIMEOUT,
          TLS,
          NOT_SERVING,
          PROTOCOL,
          NO_TLS,
          NO_MECHANISM,
          BROKEN_PROMISE,
          BELOW_FLOOR ->
          note(target, failure, failure.detail());
      case LOGIN_REFUSED, THROTTLED, NOT_CONNECTED, OVERLOADED -> note(target, failure, "");
      case IN_USE, NO_CREDENTIAL, NO_TOKEN, NEEDS_CONSENT, NO_ROUTE, UNREACHABLE -> {}
    }
  }

  private void note(UpstreamTarget target, UpstreamFailure failure, String detail) {
    failures.put(target, new Failure(clock.instant(), failure.cause().word(), detail));
  }

  Optional<Instant> lastLogin(UpstreamTarget target) {
    return Optional.ofNullable(logins.get(target));
  }

  Optional<Failure> lastFailure(UpstreamTarget target) {
    return Optional.ofNullable(failures.get(target));
  }
}
