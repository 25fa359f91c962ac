package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.Caps;
import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.net.ConnectionCaps.Places;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.gateway.pop3.Pop3;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceWatch;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OpenPortTest implements Verifier, SessionEvents {
  private static final GatewayConfig CONFIG =
      new GatewayConfig(
          "gate.test",
          List.of(),
          Optional.empty(),
          TlsVersion.TLS_1_2,
          Map.of(),
          List.of(),
          Limits.DEFAULT);

  private static final FrontDoor<?> DOOR =
      new FrontDoor<>(
          new Listener(Scope.POP3, "127.0.0.1", 0, Listener.Tls.NONE, Optional.empty()),
          Pop3.PROTOCOL,
          () -> Announcement.NONE);

  /** A reload took the port away between accept and this. */
  @Test
  @Timeout(10)
  void aConnectionOfAPortThatIsGoneIsClosed() {
    try (Engine engine = new Engine(Map.of(), Transport.best(), TicketKeys.none())) {
      Upstreams replaced = engine.upstreams(CONFIG);
      OpenPort port = new OpenPort(new EmbeddedChannel(), DOOR, arrangement(engine, replaced));
      replaced.leave(); // nobody uses them any more
      EmbeddedChannel front = new EmbeddedChannel();

      port.admit(front);

      assertThat(front.isOpen()).isFalse();
    }
  }

  private Arrangement arrangement(Engine engine, Upstreams upstreams) {
    return new Arrangement(
        List.of(DOOR),
        new LoginServices(
            "gate.test",
            Help.NONE,
            CONFIG.limits(),
            this,
            SignInLog.none(),
            new UpstreamRouting(CONFIG, new NoBox()),
            upstreams.connector(),
            TokenSource.none(),
            new MailboxLogins(() -> 1, _ -> Optional.empty()),
            new LiveSessions(this, this, Clock.systemUTC(), engine.timer()),
            new Roster(
                SessionRegistry.none(),
                CredentialBudget.DEFAULT,
                (_, _) -> {},
                Runnable::run,
                Clock.systemUTC()),
            new ConnectionCaps(Caps.DEFAULT, new Places(1, 1), _ -> NetworkStanding.UNKNOWN),
            new SessionCaps(Caps.DEFAULT, () -> 1),
            upstreams.contexts(),
            this,
            new LoginTraces(TraceWatch.none()),
            Clock.systemUTC(),
            () -> "id"),
        upstreams);
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    return new CompletableFuture<>();
  }

  @Override
  public void exposed(Attempt attempt) {}

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return new CompletableFuture<>();
  }
}
