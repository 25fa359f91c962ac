package dev.postern.gateway.net;

import dev.postern.gateway.Caps;
import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.FrontEvent.Reason;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.Protocols;
import dev.postern.gateway.dialogue.ScriptedDelegation;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.Transcript;
import dev.postern.gateway.dialogue.Transcript.Action;
import dev.postern.gateway.dialogue.Transcript.Line;
import dev.postern.gateway.dialogue.Transcript.Upstream;
import dev.postern.gateway.dialogue.Transcript.Verdict;
import dev.postern.gateway.dialogue.TranscriptText;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.net.ConnectionCaps.Places;
import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Replays a transcript through the real pipeline on embedded channels, with a clock that stands
 * still. Used once for each replay. TLS and the network are pretended; everything between is what
 * runs in production.
 */
final class ChannelReplay implements Verifier, UpstreamLogins, SessionEvents {
  private static final Duration DELAY = Duration.ofSeconds(2);
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Transcript transcript;
  private final Cut cut;
  private final EmbeddedChannel front = new EmbeddedChannel();
  private final EmbeddedChannel back = new EmbeddedChannel();
  private final StringBuilder toClient = new StringBuilder();
  private final StringBuilder toUpstream = new StringBuilder();
  private final Deque<String> verified = new ArrayDeque<>();
  private final Deque<String> exposed = new ArrayDeque<>();
  private final Deque<Object> results = new ArrayDeque<>();
  private final List<String> wireLog = new ArrayList<>();
  private @Nullable TlsContexts contexts;
  private TranscriptText.Holes holes = new TranscriptText.Holes("", Optional.empty());

  /** How bytes are cut into reads. */
  enum Cut {
    /** One read for each line. */
    LINES,
    /** One read for each byte. */
    BYTES,
    /** One read for all that the client will say before it has to wait. */
    GLUED
  }

  private ChannelReplay(Transcript transcript, Cut cut) {
    this.transcript = transcript;
    this.cut = cut;
  }

  static void of(Transcript transcript, Cut cut) {
    ChannelReplay replay = new ChannelReplay(transcript, cut);
    try {
      replay.run();
    } finally {
      replay.front.finishAndReleaseAll();
      replay.back.finishAndReleaseAll();
      if (replay.contexts != null) {
        replay.contexts.close();
      }
    }
  }

  private void run() {
    front.freezeTime();
    back.freezeTime();
    front.pipeline().addLast(new RecordedWrites(toClient));
    back.pipeline().addLast(new RecordedWrites(toUpstream));
    transcript
        .upstream()
        .ifPresent(setup -> {
          if (setup instanceof Upstream.Speaks speaks) {
            holes = new TranscriptText.Holes(speaks.secret(), Optional.empty());
          }
        });
    transcript
        .listener()
        .ifPresentOrElse(
            listener -> openFront(Protocols.of(listener.protocol()), listener),
            () -> openBack(new ResultsOnly()));
    List<Line> lines = transcript.lines();
    for (int i = 0; i < lines.size(); i++) {
      wireLog.add(lines.get(i).number() + ": " + lines.get(i).source());
      play(lines, i);
      front.checkException();
      back.checkException();
    }
    front.runPendingTasks();
    back.runPendingTasks();
    if (!toClient.isEmpty() || !toUpstream.isEmpty()) {
      throw departed("the end", toClient + "" + toUpstream);
    }
  }

  private <C> void openFront(MailProtocol<C> protocol, Transcript.Listener listener) {
    SessionFacts facts = listener.facts();
    GatewayConfig.Listener bound =
        new GatewayConfig.Listener(
            protocol.scope(),
            "127.0.0.1",
            1,
            switch (facts.tls()) {
              case ON, OFF -> GatewayConfig.Listener.Tls.NONE; // TLS is over when we begin
              case REQUIRED -> GatewayConfig.Listener.Tls.STARTTLS;
            },
            Optional.empty());
    FrontDoor<C> door =
        new FrontDoor<>(
            bound,
            new MailProtocol<>(
                protocol.scope(),
                _ -> protocol.decoder().apply(facts),
                _ -> protocol.front().apply(facts),
                protocol.upstream(),
                protocol.trace(),
                protocol.tap()),
            () -> Announcement.NONE);
    GatewayConfig config = config(protocol.scope());
    contexts = TlsContexts.load(config, TicketKeys.none());
    LoginServices services =
        new LoginServices(
            facts.serverName(),
            facts.help(),
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
            new ConnectionCaps(caps(), new Places(1, 1), _ -> NetworkStanding.UNKNOWN),
            new SessionCaps(caps(), () -> 1),
            contexts,
            this,
            new LoginTraces(TraceWatch.none()),
            Clock.systemUTC(),
            () -> "id");
    SessionTrail trail =
        new SessionTrail(
            new Session(
                "id",
                protocol.scope(),
                Session.Tls.NONE,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 4),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 5)),
            this,
            front.eventLoop().ticker());
    front
        .pipeline()
        .addLast(
            HandlerNames.LOGIN, new LoginHandler<>(door, services, trail, front, PretendTls::new));
    front.pipeline().fireChannelActive();
  }

  /** No room for sessions, if the script wants none. */
  private Caps caps() {
    Caps usual = Caps.DEFAULT;
    boolean isCrowded =
        transcript.users().values().stream()
            .anyMatch(user -> user.verdict() instanceof Verdict.Crowded);
    return new Caps(
        isCrowded ? 0 : usual.perCredential(),
        usual.perUser(),
        usual.perUserAndNetwork(),
        usual.total(),
        usual.perAddress(),
        usual.perKnownNetwork(),
        usual.beforeLogin(),
        List.of());
  }

  private GatewayConfig config(Scope scope) {
    boolean hasDeadline =
        transcript.lines().stream()
            .anyMatch(line -> line.action().equals(new Action.Ends(Reason.DEADLINE)));
    return new GatewayConfig(
        "mail.example.com",
        List.of(),
        Optional.empty(),
        TlsVersion.TLS_1_2,
        Map.of(
            "script",
            new GatewayConfig.Upstream(
                "script",
                Map.of(scope, new Endpoint("127.0.0.1", 1, Security.CLEAR)),
                Optional.empty(),
                new LoginMethod.MasterUser("svc", Secret.ofText("x"), Optional.empty()),
                GatewayConfig.Identify.NONE,
                GatewayConfig.Watch.NEVER)),
        List.of(new Route("*", "script")),
        new Limits(
            DELAY,
            DEADLINE,
            hasDeadline ? DEADLINE.multipliedBy(2) : DEADLINE.dividedBy(2),
            5,
            Map.of(scope, Duration.ofMinutes(30))));
  }

  private void play(List<Line> lines, int i) {
    switch (lines.get(i).action()) {
      case Action.ClientSends _ -> {
        if (isFirstOfRun(lines, i)) {
          feed(front, run(lines, i));
        }
      }
      case Action.UpstreamSends(TranscriptText text) -> feed(back, line(text));
      case Action.ClientGets(TranscriptText text) -> expect(text, toClient, front);
      case Action.UpstreamGets(TranscriptText text) -> expect(text, toUpstream, back);
      case Action.StartsTls _ -> {
        ChannelHandlerContext tls = front.pipeline().context(HandlerNames.HELLO);
        if (tls != null && front.isOpen()) {
          ((PretendTls) tls.handler()).handshake(tls);
        } else if (front.isOpen()) {
          throw departed("starttls", "none");
        }
      }
      case Action.UpstreamStartsTls _ -> {
        ChannelHandlerContext tls = back.pipeline().context(HandlerNames.TLS);
        if (tls == null) {
          throw departed("upstream starttls", "none");
        }
        ((PretendTls) tls.handler()).handshake(tls);
      }
      case Action.IsDelayed _ -> {
        front.advanceTimeBy(DELAY.toMillis() - 1, TimeUnit.MILLISECONDS);
        front.runPendingTasks();
        if (!toClient.isEmpty()) {
          throw departed("delayed", toClient.toString());
        }
        front.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        front.runPendingTasks();
      }
      case Action.IsExposed(String mechanism, String name, String client) -> {
        front.runPendingTasks();
        String wanted = mechanism + " " + name + " " + client;
        if (!wanted.equals(exposed.pollFirst())) {
          throw departed("exposed " + wanted, "another");
        }
      }
      case Action.IsVerified(String mechanism, String name, String client) -> {
        String wanted = mechanism + " " + name + " " + client;
        if (!verified.removeFirst().equals(wanted)) {
          throw departed(wanted, "another");
        }
      }
      case Action.LogsIn(TranscriptText features) -> {
        if (!(next() instanceof UpstreamSession session)
            || features.match(String.join(" ", session.features()), holes).isEmpty()) {
          throw departed("logged in", "another result");
        }
      }
      case Action.Fails fails -> {
        Object result = next();
        if (!(result instanceof UpstreamFailure failure) || !fails.meets(failure)) {
          throw departed(fails.toString(), String.valueOf(result));
        }
        assertUntold(failure.detail());
      }
      case Action.IsSpliced _ -> {
        if (front.pipeline().get(HandlerNames.RELAY) == null
            || front.pipeline().get(HandlerNames.LOGIN) != null
            || back.pipeline().get(HandlerNames.RELAY) == null
            || back.pipeline().get(HandlerNames.LOGIN) != null) {
          throw departed("spliced", front.pipeline() + " " + back.pipeline());
        }
      }
      case Action.IsClosed _ -> {
        front.runPendingTasks();
        if (front.isOpen()) {
          throw departed("closed", "open");
        }
      }
      case Action.Ends(Reason reason) -> end(reason);
    }
  }

  private void end(Reason reason) {
    switch (reason) {
      case DEADLINE -> front.advanceTimeBy(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
      case IDLE -> front.advanceTimeBy(DEADLINE.dividedBy(2).toMillis(), TimeUnit.MILLISECONDS);
      case REVOKED -> front.pipeline().fireUserEventTriggered(EndReason.REVOKED);
      case UNCONFIRMED -> front.pipeline().fireUserEventTriggered(EndReason.UNCONFIRMED);
      case KICKED -> front.pipeline().fireUserEventTriggered(EndReason.KICKED);
      case SHUTDOWN -> front.pipeline().fireUserEventTriggered(EndReason.SHUTDOWN);
      // Where nothing is pending there is no flood; the pipeline's own test has a real one.
      case FLOOD -> ((LoginHandler<?>) front.pipeline().get(HandlerNames.LOGIN)).end(reason);
    }
    front.runPendingTasks();
  }

  private @Nullable Object next() {
    back.runPendingTasks();
    front.runPendingTasks();
    return results.pollFirst();
  }

  // ---- bytes in

  /** Whether this line is not part of what was sent with an earlier one. */
  private boolean isFirstOfRun(List<Line> lines, int i) {
    if (cut != Cut.GLUED) {
      return true;
    }
    for (int j = i - 1; j >= 0 && !isBarrier(lines.get(j).action()); j--) {
      if (lines.get(j).action() instanceof Action.ClientSends) {
        return false;
      }
    }
    return true;
  }

  private byte[] run(List<Line> lines, int from) {
    StringBuilder all = new StringBuilder();
    for (int j = from; j < lines.size() && !isBarrier(lines.get(j).action()); j++) {
      if (lines.get(j).action() instanceof Action.ClientSends(var text, boolean withLineEnd)) {
        all.append(new String(text.bytes(holes), StandardCharsets.ISO_8859_1));
        all.append(withLineEnd ? "\r\n" : "");
      }
      if (cut != Cut.GLUED) {
        break;
      }
    }
    return all.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What a client cannot send ahead of. */
  private static boolean isBarrier(Action action) {
    return action instanceof Action.StartsTls
        || action instanceof Action.Ends
        || action instanceof Action.IsClosed;
  }

  private byte[] line(TranscriptText text) {
    return (new String(text.bytes(holes), StandardCharsets.ISO_8859_1) + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private void feed(EmbeddedChannel channel, byte[] bytes) {
    int step = cut == Cut.BYTES ? 1 : Math.max(1, bytes.length);
    for (int from = 0; from < bytes.length && channel.isOpen(); from += step) {
      ByteBuf read = ByteBufAllocator.DEFAULT.buffer();
      read.writeBytes(bytes, from, Math.min(step, bytes.length - from));
      channel.writeInbound(read);
      back.runPendingTasks();
      front.runPendingTasks();
    }
  }

  // ---- bytes out

  private void expect(TranscriptText wanted, StringBuilder out, EmbeddedChannel channel) {
    channel.runPendingTasks();
    if (out.indexOf("\r\n") < 0) {
      front.advanceTimeBy(DELAY.toMillis(), TimeUnit.MILLISECONDS);
      front.runPendingTasks();
    }
    int end = out.indexOf("\r\n");
    String line = end < 0 ? out.toString() : out.substring(0, end);
    out.delete(0, end < 0 ? out.length() : end + 2);
    if (channel.equals(front) && !isSpliced()) {
      assertUntold(line);
    }
    holes = wanted.match(line, holes).orElseThrow(() -> departed(wanted.toString(), line));
  }

  private boolean isSpliced() {
    return front.pipeline().get(HandlerNames.RELAY) != null;
  }

  /** A secret of ours reaches neither the client nor our log. */
  private void assertUntold(String text) {
    if (holes.tells(text)) {
      throw departed("no secret", text);
    }
  }

  private AssertionError departed(String wanted, String got) {
    return new AssertionError(
        "%s, %s: wanted <%s>, got <%s>%n%s"
            .formatted(transcript.name(), cut, wanted, got, String.join("\n", wireLog)));
  }

  // ---- what the pipeline asks of others

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    verified.add(attempt.mechanism() + " " + attempt.loginName() + " " + attempt.clientName());
    try (Secret secret = attempt.secret()) {
      Transcript.@Nullable User user = transcript.users().get(attempt.loginName());
      if (user == null) {
        return decided(new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER));
      }
      if (user.secret().filter(right -> !Secret.ofText(right).matches(secret)).isPresent()) {
        return decided(new AuthOutcome.Rejected(RejectReason.WRONG_SECRET));
      }
      return decided(
          switch (user.verdict()) {
            case Verdict.Accepted _, Verdict.Crowded _ ->
                new AuthOutcome.Accepted(grant(attempt.loginName()));
            case Verdict.Own(boolean isNoticeDue) ->
                new AuthOutcome.Delegate(
                    new ScriptedDelegation(grant(attempt.loginName()), secret.copy(), isNoticeDue));
            case Verdict.Rejected(RejectReason reason) -> new AuthOutcome.Rejected(reason);
            case Verdict.Throttled(boolean isRefused) ->
                new AuthOutcome.Throttled(
                    RejectReason.WRONG_SECRET, Duration.ofMillis(1), isRefused);
            case Verdict.Unavailable(AuthOutcome.Trouble trouble) ->
                new AuthOutcome.Unavailable(trouble);
          });
    }
  }

  private static CompletionStage<AuthOutcome> decided(AuthOutcome outcome) {
    return CompletableFuture.completedFuture(outcome);
  }

  private static Grant grant(String user) {
    return new Grant(
        "00".repeat(16), user, "1", Optional.empty(), user, Map.of(), Optional.empty());
  }

  @Override
  public void exposed(Attempt attempt) {
    attempt.secret().close();
    exposed.add(attempt.mechanism() + " " + attempt.loginName() + " " + attempt.clientName());
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
    plan.credentials().ifPresent(UpstreamCredentials::close);
    loop.execute(() -> openBack(answer));
    return () -> {};
  }

  /** For scripts without a listener. */
  private static final class ResultsOnly implements Answer {
    @Override
    public void ready(UpstreamLink link) {}

    @Override
    public void failed(UpstreamFailure failure) {}
  }

  private void openBack(Answer answer) {
    switch (transcript.upstream().orElseThrow()) {
      case Upstream.Fails(UpstreamFailure.Cause cause) -> {
        results.add(new UpstreamFailure(cause, ""));
        answer.failed(new UpstreamFailure(cause, ""));
      }
      case Upstream.Speaks speaks -> {
        back.pipeline()
            .addLast(
                HandlerNames.LOGIN,
                new UpstreamHandler(
                    Protocols.of(speaks.protocol()).upstream().apply(speaks.plan()),
                    // Pretended TLS has no handshake of its own to wait for at the start.
                    speaks.security() == Security.IMPLICIT_TLS ? Security.CLEAR : speaks.security(),
                    PretendTls::new,
                    back.alloc(),
                    Duration.ofSeconds(10),
                    new UpstreamHandler.Result() {
                      @Override
                      public void greeted() {}

                      @Override
                      public void loggedIn(UpstreamSession session) {
                        results.add(session);
                        answer.ready(new UpstreamLink(back, session));
                      }

                      @Override
                      public void failed(UpstreamFailure failure) {
                        results.add(failure);
                        answer.failed(failure);
                      }
                    }));
        back.pipeline().fireChannelActive();
      }
    }
  }
}
