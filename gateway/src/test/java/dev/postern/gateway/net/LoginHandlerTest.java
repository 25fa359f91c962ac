package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.Caps;
import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.FrontEvent.Reason;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.Protocols;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.net.ConnectionCaps.Places;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the handler does between the steps of a dialogue, on a clock that stands still. */
@ExtendWith(LeakCheck.class)
class LoginHandlerTest implements Verifier, SessionEvents, UpstreamLogins {
  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final String LOGIN = "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n";

  private final StringBuilder out = new StringBuilder();
  private final List<Duration> answered = new ArrayList<>();
  private final EmbeddedChannel front = new EmbeddedChannel(new RecordedWrites(out));
  private final CompletableFuture<AuthOutcome> verdict = new CompletableFuture<>();
  private final ConnectionCaps connections =
      new ConnectionCaps(Caps.DEFAULT, new Places(4, 4), _ -> NetworkStanding.UNKNOWN);

  @BeforeEach
  void open() {
    front.freezeTime();
    GatewayConfig config =
        new GatewayConfig(
            "gate.test",
            List.of(),
            Optional.empty(),
            TlsVersion.TLS_1_2,
            Map.of(),
            List.of(),
            new Limits(DELAY, Duration.ofSeconds(60), Duration.ofSeconds(30), 5, Map.of()));
    LoginServices services =
        new LoginServices(
            "gate.test",
            Help.NONE,
            config.limits(),
            this,
            SignInLog.none(),
            new UpstreamRouting(config, new NoBox()),
            this,
            TokenSource.none(),
            new MailboxLogins(() -> 1, _ -> Optional.empty()),
            new LiveSessions(this, this, Clock.systemUTC(), front.eventLoop()),
            new Roster(
                SessionRegistry.none(),
                CredentialBudget.DEFAULT,
                (_, _) -> {},
                Runnable::run,
                Clock.systemUTC()),
            connections,
            new SessionCaps(Caps.DEFAULT, () -> 1),
            TlsContexts.load(config, TicketKeys.none()),
            this,
            new LoginTraces(TraceWatch.none()),
            Clock.systemUTC(),
            () -> "id");
    Session session =
        new Session(
            "id",
            Scope.SUBMISSION,
            Session.Tls.NONE,
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 5));
    FrontDoor<?> door =
        new FrontDoor<>(
            new Listener(Scope.SUBMISSION, "127.0.0.1", 1, Listener.Tls.NONE, Optional.empty()),
            Protocols.of(Scope.SUBMISSION),
            () -> Announcement.NONE);
    new FrontPipeline<>(door, services, new AtomicInteger())
        .install(front, new SessionTrail(session, this, front.eventLoop().ticker()));
    front.pipeline().fireChannelActive();
    front.runPendingTasks();
    assertThat(said()).startsWith("220 ");
  }

  @AfterEach
  void close() {
    front.finishAndReleaseAll();
  }

  @Test
  void aRefusalWaitsForItsTimeSinceTheCredentialsCame() {
    send(LOGIN);
    advance(Duration.ofMillis(1500));
    verdict.complete(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
    advance(Duration.ofMillis(499));
    assertThat(said()).isEmpty();

    advance(Duration.ofMillis(1));

    assertThat(said()).startsWith("535 ");
    assertThat(answered).containsExactly(DELAY);
  }

  @Test
  void aThrottledAnswerWaitsForItsOwnTimeAndTheNextOneDoesNot() {
    send(LOGIN);
    verdict.complete(
        new AuthOutcome.Throttled(RejectReason.UNKNOWN_USER, Duration.ofSeconds(8), false));
    advance(Duration.ofMillis(7999));
    assertThat(said()).isEmpty();
    advance(Duration.ofMillis(1));
    assertThat(said()).startsWith("535 ");
  }

  /** Whoever guesses on thousands of connections at once must not hold every place. */
  @Test
  void wherePlacesGetShortAThrottledAnswerWaitsNoLongerThanOthers() {
    for (int i = 0; i < 2; i++) { // of three for strangers
      assertThat(connections.arrived(new AtomicInteger(), OptionalInt.empty()).admitAnybody())
          .isEmpty();
    }
    send(LOGIN);
    verdict.complete(
        new AuthOutcome.Throttled(RejectReason.UNKNOWN_USER, Duration.ofSeconds(8), false));
    advance(Duration.ofMillis(1999));
    assertThat(said()).isEmpty();
    advance(Duration.ofMillis(1));
    assertThat(said()).startsWith("535 ");
  }

  @Test
  void aThrottledAnswerWaitsNoLessThanOthers() {
    send(LOGIN);
    verdict.complete(
        new AuthOutcome.Throttled(RejectReason.UNKNOWN_USER, Duration.ofMillis(1), true));
    advance(Duration.ofMillis(1999));
    assertThat(said()).isEmpty();
    advance(Duration.ofMillis(1));
    assertThat(said()).startsWith("454 4.7.0 ").contains("421 4.7.0 ");
  }

  @Test
  void aLateVerdictIsNotDelayedFurther() {
    send(LOGIN);
    advance(Duration.ofSeconds(3));

    verdict.complete(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
    advance(Duration.ZERO);

    assertThat(said()).startsWith("535 ");
  }

  @Test
  void theTimeCountsFromTheLastByteOfTheCommandNotFromTheFirst() {
    send(LOGIN.substring(0, 10));
    advance(Duration.ofSeconds(5));
    verdict.complete(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
    send(LOGIN.substring(10));
    advance(Duration.ofMillis(1999));
    assertThat(said()).isEmpty();

    advance(Duration.ofMillis(1));

    assertThat(said()).startsWith("535 ");
    assertThat(answered).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void whatWaitsBehindALoginIsKeptUpToALimit() {
    send(LOGIN + "NOOP\r\n");
    send("x".repeat(LoginHandler.MOST_PENDING - 6));
    assertThat(front.isOpen()).isTrue();

    send("x");

    assertThat(said()).startsWith("421 ");
    assertThat(front.isOpen()).isFalse();
  }

  @Test
  void whoGoesOnWhileAVerdictIsAwaitedIsNotReadOnFrom() {
    send(LOGIN);
    assertThat(front.config().isAutoRead()).isTrue();

    send("NOOP\r\n");
    assertThat(front.config().isAutoRead()).isFalse();
    verdict.complete(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
    advance(DELAY.minusMillis(1));
    assertThat(front.config().isAutoRead()).isFalse();
    advance(Duration.ofMillis(1));

    assertThat(front.config().isAutoRead()).isTrue();
  }

  @Test
  void aClientThatDoesNotTakeItsRepliesIsNotAnswered() {
    writable(false);
    send("RSET\r\nRSET\r\n");
    assertThat(said()).isEmpty();
    assertThat(front.config().isAutoRead()).isFalse();

    writable(true);

    assertThat(said()).matches("(250 .*\r\n){2}");
    assertThat(front.config().isAutoRead()).isTrue();
  }

  @Test
  void theBufferThatBroughtASecretIsWiped() {
    ByteBuf read = bytes(LOGIN).retain();

    front.writeInbound(read);

    for (int i = 0; i < read.capacity() && i < LOGIN.length(); i++) {
      assertThat(read.getByte(i)).isZero();
    }
    read.release();
  }

  @Test
  void theDeadlineIsNotExtendedByInput() {
    for (int second = 0; second < 60; second++) {
      send("RSET\r\n");
      assertThat(said()).startsWith("250 ");
      advance(Duration.ofSeconds(1));
    }

    assertThat(said()).startsWith("421 ");
    assertThat(front.isOpen()).isFalse();
  }

  @Test
  void aByteASecondReachesTheDeadlineAndNothingElse() {
    for (int second = 0; second < 60; second++) {
      assertThat(front.isOpen()).isTrue();
      send("x");
      advance(Duration.ofSeconds(1));
    }

    assertThat(said()).startsWith("421 4.4.2 ");
    assertThat(front.isOpen()).isFalse();
  }

  @Test
  void silenceCountsFromTheLastByte() {
    advance(Duration.ofSeconds(29));
    send("RS");
    advance(Duration.ofSeconds(29));
    assertThat(front.isOpen()).isTrue();

    advance(Duration.ofSeconds(1));

    assertThat(said()).startsWith("421 ");
  }

  @Test
  void silenceDoesNotCountWhileWeAreAwaited() {
    send(LOGIN);
    advance(Duration.ofSeconds(40));
    assertThat(front.isOpen()).isTrue();
    verdict.complete(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
    advance(Duration.ZERO);
    assertThat(said()).startsWith("535 ");

    advance(Duration.ofSeconds(19));
    assertThat(front.isOpen()).isTrue();
    advance(Duration.ofSeconds(1));

    assertThat(said()).startsWith("421 "); // the deadline
  }

  @Test
  void aVerdictAfterTheEndChangesNothing() {
    send(LOGIN);
    ((LoginHandler<?>) front.pipeline().get(HandlerNames.LOGIN)).end(Reason.SHUTDOWN);
    assertThat(said()).startsWith("421 ");

    verdict.complete(
        new AuthOutcome.Accepted(
            new Grant("i", "alice", "c", Optional.empty(), "alice", Map.of(), Optional.empty())));
    advance(DELAY);

    assertThat(said()).isEmpty();
    assertThat(front.isOpen()).isFalse();
  }

  @Test
  void aVerifierThatFailsIsATemporaryRefusal() {
    send(LOGIN);

    verdict.completeExceptionally(new IllegalStateException("of a test"));
    advance(DELAY);

    assertThat(said()).startsWith("454 4.7.0 ");
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    attempt.secret().close();
    return verdict;
  }

  @Override
  public void exposed(Attempt attempt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return CompletableFuture.completedFuture(
        new Standing.Holds(EnumSet.allOf(Scope.class), List.of(), Optional.empty()));
  }

  @Override
  public Ticket login(
      EventLoop loop,
      Deadline deadline,
      UpstreamTarget target,
      UpstreamPlan plan,
      Optional<ClientIdentity> client,
      UpstreamTalk talk,
      Answer answer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void answered(Session session, Duration sinceCredentials) {
    answered.add(sinceCredentials);
  }

  private void writable(boolean isWritable) {
    ChannelOutboundBuffer buffer = front.unsafe().outboundBuffer();
    assertThat(buffer).isNotNull();
    buffer.setUserDefinedWritability(1, isWritable);
    front.runPendingTasks();
  }

  private void send(String text) {
    front.writeInbound(bytes(text));
    front.runPendingTasks();
  }

  private void advance(Duration time) {
    front.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    front.runPendingTasks();
    front.runPendingTasks();
  }

  private String said() {
    String said = out.toString();
    out.setLength(0);
    return said;
  }

  private static ByteBuf bytes(String text) {
    ByteBuf bytes = ByteBufAllocator.DEFAULT.buffer();
    bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    return bytes;
  }
}
