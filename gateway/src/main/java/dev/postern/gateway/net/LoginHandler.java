package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontEvent.Reason;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.observe.EndReason;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the steps of a {@link FrontDialogue} on one connection; decides nothing.
 *
 * <pre>
 * Opening --greet--> Reading --Verify--> Verifying --Decided--+
 *                    ^  ^ ^  --Connect--> Connecting --event--+--> (next step)
 *                    |  | +--delay over-- Delaying <--Refuse--+
 *                    |  +--TlsStarted-- Switching <--StartTls
 *                    +--Say
 * any --Splice, HangUp, close--> Over
 * </pre>
 *
 * <p>Nothing is understood but in Reading and during a TLS handshake; what has been read waits in
 * {@link PendingBytes}, and while something does, no more is read. When the splice removes this
 * handler those bytes flow on to the next one. Longer than usual because steps and phases are one
 * table.
 */
final class LoginHandler<C> extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(LoginHandler.class);

  /** Bytes that may wait behind a login command. */
  static final int MOST_PENDING = 64 * 1024;

  /** Room for those, for one read more, and for one command; much of it is borrowed. */
  private static final int ROOM = 4 * MOST_PENDING;

  private final FrontDoor<C> door;
  private final LoginServices services;
  private final SessionTrail trail;
  private final Channel channel;
  private final FrontTls tls;
  private final Announcement announcement;
  private final SessionFacts facts;
  private final FrontDialogue<C> dialogue;
  private final PendingBytes pending;
  private final LoginTimer timer;
  private final AttemptTimes times;
  private final LoginTrace<C> trace;
  private final Admission admission;
  private CommandDecoder<C> decoder;
  private LoginPhase phase = new LoginPhase.Opening();
  private Duration refusalDelay;

  /**
   * @param newTls makes the handler for STARTTLS
   */
  LoginHandler(
      FrontDoor<C> door,
      LoginServices services,
      SessionTrail trail,
      Channel channel,
      Supplier<? extends ChannelHandler> newTls) {
    this.door = door;
    this.services = services;
    this.trail = trail;
    this.channel = channel;
    this.tls = new FrontTls(channel, newTls, services.clock().millis());
    this.announcement = door.announcement().get();
    this.facts = door.facts(services, announcement.extensions(), trail.session());
    this.dialogue = door.protocol().front().apply(facts);
    this.decoder = door.protocol().decoder().apply(facts);
    this.pending = new PendingBytes(channel.alloc(), ROOM, services.connections().memory());
    this.trace = services.traces().of(door.protocol().trace(), trail, channel.eventLoop());
    this.admission = new Admission(door, services, trail, trace, channel);
    this.times = new AttemptTimes(channel.eventLoop().ticker());
    this.refusalDelay = services.limits().failureDelay();
    this.timer =
        new LoginTimer(
            channel.eventLoop(),
            services.limits().beforeLoginDeadline(),
            services.limits().beforeLoginIdle(),
            this::end);
  }

  /** Ends the connection with the dialogue's last word, if it is not logged in yet. */
  void end(Reason reason) {
    trail.ends(
        switch (reason) {
          case DEADLINE -> EndReason.DEADLINE;
          case IDLE -> EndReason.IDLE;
          case FLOOD -> EndReason.FLOOD;
          case REVOKED -> EndReason.REVOKED;
          case UNCONFIRMED -> EndReason.UNCONFIRMED;
          case KICKED -> EndReason.KICKED;
          case SHUTDOWN -> EndReason.SHUTDOWN;
        });
    switch (phase) {
      case LoginPhase.Opening _, LoginPhase.Switching _ ->
          channel.close(); // no language to say it in
      case LoginPhase.Reading _,
          LoginPhase.Verifying _,
          LoginPhase.Connecting _,
          LoginPhase.Delaying _ -> {
        follow(dialogue.on(new FrontEvent.Ending(reason)));
        hangUp();
      }
      case LoginPhase.Ready _, LoginPhase.Over _ -> {}
    }
  }

  private boolean awaitsCommand() {
    return phase instanceof LoginPhase.Reading(FrontStep.Expect next)
        && next == FrontStep.Expect.COMMAND
        && pending.isEmpty();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (door.listener().tls() != Listener.Tls.IMPLICIT) {
      follow(dialogue.greet());
      work();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (phase instanceof LoginPhase.Over) {
      ((ByteBuf) msg).release();
      return;
    }
    if (pending.isEmpty()) {
      times.began();
    }
    boolean hadRoom = pending.add((ByteBuf) msg);
    timer.heard();
    work();
    if (!hadRoom || pending.size() > MOST_PENDING) {
      end(Reason.FLOOD);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    work();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case Leave.UNLESS_BUSY -> {
        if (awaitsCommand()) {
          end(Reason.SHUTDOWN);
        }
      }
      case Leave.IF_LOGGED_IN -> {}
      case Leave.UNLESS_LOGGED_IN, EndReason.SHUTDOWN -> end(Reason.SHUTDOWN);
      case EndReason.REVOKED -> end(Reason.REVOKED);
      case EndReason.UNCONFIRMED -> end(Reason.UNCONFIRMED);
      case EndReason.KICKED -> end(Reason.KICKED);
      case EndReason.OVER_BUDGET -> {
        trail.ends(EndReason.OVER_BUDGET);
        end(Reason.REVOKED);
      }
      case EndReason reason -> {
        trail.ends(reason);
        channel.close();
      }
      case SslHandshakeCompletionEvent handshake when handshake.isSuccess() -> encrypted();
      case SslHandshakeCompletionEvent handshake -> {
        trail.tlsFailed(TlsFailure.of(handshake.cause()));
        channel.close();
      }
      case TlsFailure failure -> {
        trail.tlsFailed(failure);
        channel.close();
      }
      case ChannelInputShutdownEvent _, SslCloseCompletionEvent _ -> {
        pending.end();
        work();
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    enter(new LoginPhase.Over());
    admission.judgement().abandon();
    timer.stop();
    pending.close();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (cause) {
      case IOException _ -> trail.ends(EndReason.CLIENT_CLOSED);
      case DecoderException _ -> trail.tlsFailed(TlsFailure.of(cause));
      default -> {
        LOG.error("session {}: a fault of ours", trail.session().id(), cause);
        trail.ends(EndReason.FAULT);
      }
    }
    channel.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    trace.end();
    ByteBuf rest = pending.takeAll();
    if (rest.isReadable() && channel.isActive()) {
      ctx.fireChannelRead(rest);
      ctx.fireChannelReadComplete();
    } else {
      rest.release();
    }
    if (pending.isEnded()) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  /** Runs the dialogue as far as the bytes go. */
  private void work() {
    while (phase instanceof LoginPhase.Reading && channel.isWritable()) {
      int before = pending.size();
      C command = decoder.decode(pending.view());
      pending.consumed();
      if (!pending.alsoKept(decoder.held())) {
        end(Reason.FLOOD);
        return;
      }
      if (command == null) {
        break;
      }
      times.decoded();
      trace.said(command, before - pending.size());
      follow(dialogue.command(command));
      times.began();
    }
    channel.flush();
    switch (phase) {
      case LoginPhase.Opening _ -> closeIfEnded();
      case LoginPhase.Reading _ -> {
        if (pending.isEnded() && channel.isWritable()) {
          HalfClose.closeAfterWrites(channel);
        } else {
          timer.awaitClient();
          channel.config().setAutoRead(channel.isWritable());
        }
      }
      case LoginPhase.Switching _ -> {
        timer.awaitUs();
        channel.config().setAutoRead(false);
        closeIfEnded();
      }
      case LoginPhase.Verifying _, LoginPhase.Connecting _, LoginPhase.Delaying _ -> {
        timer.awaitUs();
        if (!pending.isEmpty()) {
          channel.config().setAutoRead(false); // each change is a call of the system: not before
        }
      }
      case LoginPhase.Ready _, LoginPhase.Over _ -> {}
    }
  }

  /** A client that sends nothing more will never end its handshake. */
  private void closeIfEnded() {
    if (pending.isEnded()) {
      trail.ends(EndReason.CLIENT_CLOSED);
      channel.close();
    }
  }

  private void follow(FrontStep step) {
    switch (step) {
      case FrontStep.Say(String text, FrontStep.Expect next) -> {
        say(text);
        decoder.expect(next);
        enter(new LoginPhase.Reading(next));
      }
      case FrontStep.Refuse(String text) ->
          afterDelay(() -> follow(new FrontStep.Say(text, FrontStep.Expect.COMMAND)));
      case FrontStep.RefuseAndHangUp(String text) ->
          afterDelay(() -> follow(new FrontStep.HangUp(text)));
      case FrontStep.StartTls(String text) -> {
        enter(new LoginPhase.Switching());
        say(text);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> switchToTls());
      }
      case FrontStep.Verify(Credentials credentials) -> verify(credentials);
      case FrontStep.Reject(RejectReason reason, String mechanism) -> {
        enter(new LoginPhase.Verifying());
        trail.attempted(times.attempted());
        decided(admission.refuse(reason, mechanism));
      }
      case FrontStep.InClear(String mechanism, Optional<Credentials> exposed, FrontStep then) -> {
        follow(then);
        channel.flush();
        trail.attempted(times.firstByte());
        admission.cameInClear(mechanism);
        trace.decided(new AuthOutcome.Rejected(RejectReason.IN_CLEAR));
        exposed.ifPresent(credentials -> {
          trace.named(credentials.loginName());
          channel.eventLoop().execute(() -> admission.exposed(credentials));
        });
      }
      case FrontStep.SpeaksFor(ClientAddress client, FrontStep then) -> {
        admission.speaksFor(client);
        follow(then);
      }
      case FrontStep.Connect(Grant grant) -> connect(grant);
      case FrontStep.Splice(String text) -> splice(text);
      case FrontStep.HangUp(String text) -> {
        say(text);
        trail.ends(EndReason.HUNG_UP);
        hangUp();
      }
    }
  }

  private void verify(Credentials credentials) {
    enter(new LoginPhase.Verifying());
    trail.attempted(times.attempted());
    trace.named(credentials.loginName());
    CompletableFuture<Admission.Verdict> verdict = admission.verify(credentials, tls.protection());
    if (verdict.isDone()) {
      decided(verdict.join());
    } else {
      verdict.thenAccept(late ->
          channel
              .eventLoop()
              .execute(() -> {
                decided(late);
                work();
              }));
    }
  }

  private void decided(Admission.Verdict verdict) {
    FrontEvent decision = admission.decided(verdict);
    trace.decided(verdict.outcome());
    refusalDelay = longer(verdict.outcome());
    boolean isGone = verdict.outcome() instanceof AuthOutcome.Delegate && !channel.isActive();
    if (phase instanceof LoginPhase.Verifying && !isGone) {
      follow(dialogue.on(decision));
    } else {
      admission.judgement().withdraw();
    }
  }

  /**
   * A throttled answer may wait longer than any refusal does, and none waits less. Where the places
   * of those who wait so long would be missing, it does not.
   */
  private Duration longer(AuthOutcome outcome) {
    Duration usual = services.limits().failureDelay();
    return switch (outcome) {
      case AuthOutcome.Throttled(_, Duration delay, _) ->
          delay.compareTo(usual) > 0 && !services.connections().isCrowded() ? delay : usual;
      case AuthOutcome.Accepted _,
          AuthOutcome.Delegate _,
          AuthOutcome.Rejected _,
          AuthOutcome.Unavailable _ ->
          usual;
    };
  }

  private void connect(Grant grant) {
    enter(
        new LoginPhase.Connecting(
            admission.connect(
                grant,
                announcement,
                tls.protection(),
                new Admission.Answer() {
                  @Override
                  public void ready(UpstreamLink link, boolean isNoticeDue) {
                    if (phase instanceof LoginPhase.Connecting) {
                      enter(new LoginPhase.Ready(link));
                      follow(
                          dialogue.on(new FrontEvent.UpstreamReady(link.session(), isNoticeDue)));
                      work();
                    } else {
                      link.channel().close();
                    }
                  }

                  @Override
                  public void refused(FrontEvent why) {
                    if (why instanceof FrontEvent.Decided(AuthOutcome outcome)) {
                      refusalDelay = longer(outcome);
                      trace.decided(outcome);
                    }
                    if (phase instanceof LoginPhase.Connecting) {
                      follow(dialogue.on(why));
                      work();
                    }
                  }

                  @Override
                  public void failed(UpstreamFailure failure) {
                    trace.failed(failure);
                    if (phase instanceof LoginPhase.Connecting) {
                      follow(dialogue.on(new FrontEvent.UpstreamFailed(failure)));
                      work();
                    }
                  }
                })));
  }

  private void splice(String text) {
    if (!(phase instanceof LoginPhase.Ready(UpstreamLink link))) {
      throw new IllegalStateException("nothing to splice with");
    }
    phase = new LoginPhase.Over();
    timer.stop();
    answered();
    trace.replied(text);
    trace.handedOver();
    Splice.join(
        channel,
        link.channel(),
        Latin1.encode(channel.alloc(), text),
        trail,
        new RelayLimits(
            services
                .limits()
                .relayIdle()
                .getOrDefault(door.protocol().scope(), RelayLimits.LONGEST_IDLE),
            services.limits().timeouts().halfClosed()),
        Optional.of(link.session()).filter(UpstreamSession::isWatched).map(door.protocol().tap()));
  }

  private void afterDelay(Runnable reply) {
    enter(
        new LoginPhase.Delaying(
            channel
                .eventLoop()
                .schedule(
                    () -> {
                      reply.run();
                      work();
                    },
                    times.left(refusalDelay).toNanos(),
                    TimeUnit.NANOSECONDS)));
  }

  private void switchToTls() {
    if (phase instanceof LoginPhase.Switching && channel.isActive()) {
      decoder = door.protocol().decoder().apply(facts);
      tls.install(pending.takeAll());
    }
  }

  private void encrypted() {
    tls.established(trail);
    trace.encrypted(tls.protection().word());
    switch (phase) {
      case LoginPhase.Opening _ -> follow(dialogue.greet());
      case LoginPhase.Switching _ -> follow(dialogue.on(new FrontEvent.TlsStarted()));
      case LoginPhase.Reading _,
          LoginPhase.Verifying _,
          LoginPhase.Connecting _,
          LoginPhase.Ready _,
          LoginPhase.Delaying _,
          LoginPhase.Over _ -> {}
    }
    work();
  }

  private void say(String text) {
    answered();
    if (!text.isEmpty()) {
      trace.replied(text);
      channel.write(Latin1.encode(channel.alloc(), text));
    }
  }

  private void answered() {
    times.answered().ifPresent(taken -> services.events().answered(trail.session(), taken));
  }

  /** The last word is written; lets it arrive and closes. */
  private void hangUp() {
    if (!(phase instanceof LoginPhase.Over)) {
      enter(new LoginPhase.Over());
      admission.judgement().abandon();
      timer.stop();
      pending.close();
      channel.pipeline().replace(HandlerNames.LOGIN, HandlerNames.FAREWELL, new Farewell());
    }
  }

  private void enter(LoginPhase next) {
    LoginPhase left = phase;
    phase = next;
    left.leave();
  }
}
