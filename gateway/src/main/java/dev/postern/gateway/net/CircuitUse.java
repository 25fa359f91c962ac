package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one login has to do with the circuit of its endpoint: asks it for leave, and tells it how
 * things went. When that opens or closes it the log says so, once; when it closes, those who come
 * back are let in little by little. Used by one event loop.
 */
final class CircuitUse {
  private static final Logger LOG = LoggerFactory.getLogger(CircuitUse.class);

  private final Circuit circuit;
  private final UpstreamTarget target;
  private final LoginPlaces places;
  private final EventLoop loop;
  private final boolean isUnhindered;
  private Circuit.Pass pass = Circuit.UNHINDERED;

  /**
   * @param isUnhindered whether it tries whatever the circuit says
   */
  CircuitUse(
      Circuit circuit,
      UpstreamTarget target,
      LoginPlaces places,
      EventLoop loop,
      boolean isUnhindered) {
    this.circuit = circuit;
    this.target = target;
    this.places = places;
    this.loop = loop;
    this.isUnhindered = isUnhindered;
  }

  /** Why it is of no use to wait for a place. */
  Optional<UpstreamFailure> refusal() {
    return isUnhindered ? Optional.empty() : circuit.refusal();
  }

  /** Begins to try; or why not. */
  Optional<UpstreamFailure> enter() {
    if (isUnhindered) {
      return Optional.empty();
    }
    return switch (circuit.enter()) {
      case Circuit.Refused(UpstreamFailure failure) -> Optional.of(failure);
      case Circuit.Pass given -> {
        pass = given;
        yield Optional.empty();
      }
    };
  }

  /** There was no connection. Whether it is of any use to try once more. */
  boolean isWorthAnother(UpstreamFailure failure) {
    ended(failure, false);
    return !isUnhindered && !circuit.isOpen();
  }

  /**
   * The login has failed.
   *
   * @param isGreeted whether the server had let us begin, and so {@link #reached} was called
   */
  void ended(UpstreamFailure failure, boolean isGreeted) {
    switch (failure.cause()) {
      case CONNECT, TLS -> failed(failure);
      case TIMEOUT -> {
        if (!isGreeted) {
          failed(failure);
        }
      }
      case PROTOCOL, NOT_SERVING -> {
        if (!isGreeted && !mayBeMeantForClient()) {
          failed(failure);
        }
      }
      case NO_TLS,
          NO_MECHANISM,
          IN_USE,
          THROTTLED,
          NOT_CONNECTED,
          LOGIN_REFUSED,
          BROKEN_PROMISE,
          BELOW_FLOOR ->
          reached();
      case NO_CREDENTIAL, NO_TOKEN, NEEDS_CONSENT, NO_ROUTE, OVERLOADED, UNREACHABLE -> {}
    }
  }

  /**
   * A server that is told of the client in a PROXY header judges his address before it greets: by
   * block lists, or by how many he has open. A probe comes with our own.
   */
  private boolean mayBeMeantForClient() {
    return target.proxyProtocol().isPresent() && !isUnhindered;
  }

  private void failed(UpstreamFailure failure) {
    if (circuit.failed(pass, failure)) {
      LOG.warn(
          "upstream={} protocol={} is not reached: logins there are refused until one succeeds,"
              + " one at a time tries; cause={} detail=\"{}\"",
          target.upstream(),
          target.protocol().word(),
          failure.cause().word(),
          failure.detail());
    }
  }

  /** It is there: it greeted as a mail server does. */
  void reached() {
    Optional<Duration> trouble = circuit.reached();
    if (trouble.isPresent()) {
      LOG.info(
          "upstream={} protocol={} is reached again after {} ms",
          target.upstream(),
          target.protocol().word(),
          trouble.get().toMillis());
      places.rise();
      widen();
    }
  }

  private void widen() {
    if (places.widen()) {
      loop.schedule(this::widen, LoginPlaces.STEP.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** It is over, whether anything was told or not. */
  void leave() {
    circuit.left(pass);
  }
}
