package dev.postern.gateway.net;

import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.observe.Metering;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionMetrics;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Very many sessions without sockets: known to roster, store and metrics as those of clients are.
 * It is in the package of the roster since nobody else is to enter anybody. Used by one thread.
 */
public final class RegisteredSessions implements AutoCloseable {
  private final List<EmbeddedChannel> fronts = new ArrayList<>();
  private final SessionMetrics metrics;
  private final Roster roster;

  /**
   * @param metering gets the gauges; before those of a gateway, whose sessions are then not counted
   * @param upstreams where they may be
   */
  public RegisteredSessions(Store store, Metering metering, List<String> upstreams) {
    metrics = new SessionMetrics(metering, List.of(Scope.values()), upstreams);
    roster =
        new Roster(
            store.sessionRegistry(),
            CredentialBudget.DEFAULT,
            (_, _) -> {},
            Runnable::run,
            Clock.systemUTC());
  }

  /** Lets so many more in, by IMAP, of users who have one each. */
  public void enter(int count) {
    for (int i = 0; i < count; i++) {
      int number = fronts.size();
      Session session = session(number);
      EmbeddedChannel front = new EmbeddedChannel();
      fronts.add(front);
      String user = "user" + number + "@example.test";
      Grant grant =
          new Grant(
              "u" + number, user, "c" + number, Optional.empty(), user, Map.of(), Optional.empty());
      SessionTrail trail = new SessionTrail(session, metrics, front.eventLoop().ticker());
      roster.enter(grant, trail, "", front).relaying();
      metrics.spliced(session);
      metrics.answered(session, Duration.ofMillis(number % 400));
    }
  }

  private static Session session(int number) {
    InetAddress here = InetAddress.getLoopbackAddress();
    return new Session(
        "%010x".formatted(number),
        Scope.IMAP,
        Session.Tls.IMPLICIT,
        new InetSocketAddress(here, 1 + number % 60_000),
        new InetSocketAddress(here, 993));
  }

  @Override
  public void close() {
    fronts.forEach(EmbeddedChannel::finishAndReleaseAll);
  }
}
