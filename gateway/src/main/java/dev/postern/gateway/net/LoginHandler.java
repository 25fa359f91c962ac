package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontEvent.Reason;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.net.UpstreamRouting.Path;
import dev.postern.gateway.observe.EndReason;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * <p>Nothing is read but in Reading and during a TLS handshake; what had been read already waits in
 * {@link PendingBytes}. When the splice removes this handler those bytes flow on to the next one.
 * Longer than usual because steps and phases are one table.
 */
final class LoginHandler<C> extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(LoginHandler.class);

  /** Bytes that may wait behind a login command. */
  static final int MOST_PENDING = 64 * 1024;

  /** Room for those, for one read more, and for one command. */
  private static final int ROOM = 4 * MOST_PENDING;

  private final FrontDoor<C> door;
  private final LoginServices services;
  private final SessionTrail trail;
  private final Channel channel;
  private final Supplier<? extends ChannelHandler> newTls;
  private final Announcement announcement;
  private final FrontDialogue<C> dialogue;
  private final PendingBytes pending;
  private final LoginTimer timer;
  private final AttemptTimes times;
  private final long openedAtMillis;
  private CommandDecoder<C> decoder;
  private Phase phase = new Phase.Opening();
  private Optional<LiveSessions.Registration> watch = Optional.empty();

  private sealed interface Phase {
    /** Before the greeting. */
    record Opening() implements Phase {}

    /** It is the client's turn. */
    record Reading() implements Phase {}

    record Verifying() implements Phase {}

    record Connecting(UpstreamLogins.Ticket ticket) implements Phase {}

    /** Logged in at the upstream; the dialogue says what now. */
    record Ready(UpstreamLink link) implements Phase {}

    /** A refusal waits for its time. */
    record Delaying(Future<?> reply) implements Phase {}

    /** From the consent to STARTTLS to the end of the handshake. */
    record Switching() implements Phase {}

    record Over() implements Phase {}
  }

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
    this.newTls = newTls;
    this.announcement = door.announcement().get();
    this.dialogue = door.protocol().front().apply(door.facts(services, announcement.extensions()));
    this.decoder = door.protocol().decoder().get();
    this.openedAtMillis = services.clock().millis();
    this.pending = new PendingBytes(channel.alloc(), ROOM);
    this.times = new AttemptTimes(channel.eventLoop().ticker());
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
          case SHUTDOWN -> EndReason.SHUTDOWN;
        });
    switch (phase) {
      case Phase.Opening _, Phase.Switching _ -> channel.close(); // no language to say it in
      case Phase.Reading _, Phase.Verifying _, Phase.Connecting _, Phase.Delaying _ -> {
        follow(dialogue.on(new FrontEvent.Ending(reason)));
        hangUp();
      }
      case Phase.Ready _, Phase.Over _ -> {}
    }
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
    if (phase instanceof Phase.Over) {
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
      case EndReason.SHUTDOWN -> end(Reason.SHUTDOWN);
      case EndReason reason -> {
        trail.ends(reason);
        channel.close();
      }
      case SslHandshakeCompletionEvent handshake when handshake.isSuccess() -> encrypted();
      case SslHandshakeCompletionEvent handshake -> {
        LOG.debug("session {}: {}", trail.session().id(), handshake.cause().toString());
        trail.ends(EndReason.TLS_FAILED);
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
    enter(new Phase.Over());
    timer.stop();
    pending.close();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (cause) {
      case IOException _ -> trail.ends(EndReason.CLIENT_CLOSED);
      case DecoderException _ -> trail.ends(EndReason.TLS_FAILED);
      default -> {
        LOG.error("session {}: a fault of ours", trail.session().id(), cause);
        trail.ends(EndReason.FAULT);
      }
    }
    channel.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
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
    while (phase instanceof Phase.Reading && channel.isWritable()) {
      C command = decoder.decode(pending.view());
      pending.consumed();
      if (command == null) {
        break;
      }
      times.decoded();
      follow(dialogue.command(command));
      times.began();
    }
    channel.flush();
    switch (phase) {
      case Phase.Opening _ -> {}
      case Phase.Reading _ -> {
        if (pending.isEnded() && channel.isWritable()) {
          HalfClose.closeAfterWrites(channel);
        } else {
          timer.awaitClient();
          channel.config().setAutoRead(channel.isWritable());
        }
      }
      case Phase.Verifying _, Phase.Connecting _, Phase.Delaying _, Phase.Switching _ -> {
        timer.awaitUs();
        channel.config().setAutoRead(false);
      }
      case Phase.Ready _, Phase.Over _ -> {}
    }
  }

  private void follow(FrontStep step) {
    switch (step) {
      case FrontStep.Say(String text, FrontStep.Expect next) -> {
        say(text);
        decoder.expect(next);
        enter(new Phase.Reading());
      }
      case FrontStep.Refuse(String text) ->
          afterDelay(() -> follow(new FrontStep.Say(text, FrontStep.Expect.COMMAND)));
      case FrontStep.RefuseAndHangUp(String text) ->
          afterDelay(() -> follow(new FrontStep.HangUp(text)));
      case FrontStep.StartTls(String text) -> {
        enter(new Phase.Switching());
        say(text);
        channel
            .writeAndFlush(Unpooled.EMPTY_BUFFER)
            .addListener((ChannelFutureListener) done -> installTls());
      }
      case FrontStep.Verify(Credentials credentials) -> verify(credentials);
      case FrontStep.Reject(RejectReason reason, String mechanism) -> {
        enter(new Phase.Verifying());
        times.attempted();
        decided(new Rejected(reason), mechanism, services.live().changes());
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
    enter(new Phase.Verifying());
    times.attempted();
    long changes = services.live().changes();
    CompletableFuture<AuthOutcome> answer =
        services
            .verifier()
            .verify(
                new Attempt(
                    credentials.loginName(),
                    credentials.secret(),
                    door.protocol().scope(),
                    credentials.mechanism(),
                    trail.session().peer().getAddress(),
                    credentials.clientName()))
            .exceptionally(fault -> {
              LOG.error("session {}: no verdict", trail.session().id(), fault);
              return new Unavailable(Trouble.DATABASE);
            })
            .toCompletableFuture();
    if (answer.isDone()) {
      decided(answer.join(), credentials.mechanism(), changes);
    } else {
      answer.thenAccept(outcome ->
          channel
              .eventLoop()
              .execute(() -> {
                decided(outcome, credentials.mechanism(), changes);
                work();
              }));
    }
  }

  private void decided(AuthOutcome outcome, String mechanism, long changes) {
    services.events().decided(trail.session(), mechanism, outcome);
    if (!(phase instanceof Phase.Verifying)) {
      return;
    }
    if (outcome instanceof Accepted(Grant grant)) {
      trail.accepted(grant);
      watch = Optional.of(services.live().register(grant, changes, channel));
    }
    follow(dialogue.on(new FrontEvent.Decided(outcome)));
  }

  private void connect(Grant grant) {
    Path path =
        services
            .routing()
            .path(
                grant,
                door.protocol().scope(),
                door.listener().upstream(),
                announcement.promised());
    switch (path) {
      case Path.Nowhere(String upstream, UpstreamFailure failure) ->
          upstreamFailed(upstream, failure);
      case Path.To(UpstreamTarget target, var plan) -> {
        trail.routed(target.upstream());
        long startedAt = channel.eventLoop().ticker().nanoTime();
        UpstreamLogins.Ticket ticket =
            services
                .connector()
                .login(
                    channel.eventLoop(),
                    target,
                    plan,
                    new UpstreamLogins.Answer() {
                      @Override
                      public void ready(UpstreamLink link) {
                        upstreamReady(target, link, startedAt);
                        work();
                      }

                      @Override
                      public void failed(UpstreamFailure failure) {
                        upstreamFailed(target.upstream(), failure);
                        work();
                      }
                    });
        if (phase instanceof Phase.Verifying) {
          enter(new Phase.Connecting(ticket));
        }
      }
    }
  }

  private void upstreamReady(UpstreamTarget target, UpstreamLink link, long startedAt) {
    services
        .events()
        .upstreamReady(
            target.upstream(),
            target.protocol(),
            Duration.ofNanos(channel.eventLoop().ticker().nanoTime() - startedAt));
    enter(new Phase.Ready(link));
    follow(dialogue.on(new FrontEvent.UpstreamReady(link.session())));
  }

  private void upstreamFailed(String upstream, UpstreamFailure failure) {
    services.events().upstreamFailed(trail.session(), upstream, failure);
    watch.ifPresent(LiveSessions.Registration::close);
    follow(dialogue.on(new FrontEvent.UpstreamFailed(failure)));
  }

  private void splice(String text) {
    if (!(phase instanceof Phase.Ready(UpstreamLink link))) {
      throw new IllegalStateException("nothing to splice with");
    }
    phase = new Phase.Over();
    timer.stop();
    answered();
    Splice.join(
        channel,
        link.channel(),
        latin1(text),
        trail,
        new RelayLimits(
            services
                .limits()
                .relayIdle()
                .getOrDefault(door.protocol().scope(), RelayLimits.LONGEST_IDLE),
            services.limits().timeouts().halfClosed()));
  }

  private void afterDelay(Runnable reply) {
    enter(
        new Phase.Delaying(
            channel
                .eventLoop()
                .schedule(
                    () -> {
                      reply.run();
                      work();
                    },
                    times.left(services.limits().failureDelay()).toNanos(),
                    TimeUnit.NANOSECONDS)));
  }

  private void installTls() {
    if (phase instanceof Phase.Switching && channel.isActive()) {
      decoder = door.protocol().decoder().get();
      channel.pipeline().addFirst(HandlerNames.TLS, newTls.get());
      channel.config().setAutoRead(true);
      ByteBuf early = pending.takeAll();
      if (early.isReadable()) {
        channel.pipeline().fireChannelRead(early);
        channel.pipeline().fireChannelReadComplete();
      } else {
        early.release();
      }
    }
  }

  private void encrypted() {
    if (channel.pipeline().get(HandlerNames.TLS) instanceof SslHandler tls) {
      services
          .events()
          .encrypted(
              trail.session(),
              tls.engine().getSession().getProtocol(),
              TlsContexts.isResumed(tls.engine(), openedAtMillis));
    }
    switch (phase) {
      case Phase.Opening _ -> follow(dialogue.greet());
      case Phase.Switching _ -> follow(dialogue.on(new FrontEvent.TlsStarted()));
      case Phase.Reading _,
          Phase.Verifying _,
          Phase.Connecting _,
          Phase.Ready _,
          Phase.Delaying _,
          Phase.Over _ -> {}
    }
    work();
  }

  private void say(String text) {
    answered();
    if (!text.isEmpty()) {
      channel.write(latin1(text));
    }
  }

  private void answered() {
    times.answered().ifPresent(taken -> services.events().answered(trail.session(), taken));
  }

  private ByteBuf latin1(String text) {
    ByteBuf bytes = channel.alloc().buffer(text.length());
    bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    return bytes;
  }

  /** The last word is written; lets it arrive and closes. */
  private void hangUp() {
    if (!(phase instanceof Phase.Over)) {
      enter(new Phase.Over());
      timer.stop();
      pending.close();
      channel.pipeline().replace(HandlerNames.LOGIN, HandlerNames.FAREWELL, new Farewell());
    }
  }

  /** Leaves the present phase, giving up what it waits for. */
  private void enter(Phase next) {
    Phase left = phase;
    phase = next;
    switch (left) {
      case Phase.Connecting(var ticket) -> ticket.cancel();
      case Phase.Delaying(var reply) -> reply.cancel(false);
      case Phase.Ready(var link) -> link.channel().close();
      case Phase.Opening _,
          Phase.Reading _,
          Phase.Verifying _,
          Phase.Switching _,
          Phase.Over _ -> {}
    }
  }
}
