package dev.postern.gateway.dialogue;

import dev.postern.gateway.dialogue.Transcript.Action;
import dev.postern.gateway.dialogue.Transcript.Line;
import dev.postern.gateway.dialogue.Transcript.Upstream;
import dev.postern.gateway.dialogue.Transcript.Verdict;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Replays a transcript against the pure dialogues alone: no channel, no clock. Used once for each
 * replay. It stands in for the pipeline: it runs each step and puts what comes out of it into a
 * queue of events, with which the script's lines are compared one by one.
 */
public final class PureReplay {
  private final Transcript transcript;
  private final Deque<Event> events = new ArrayDeque<>();
  private final ByteBuf fromClient = Unpooled.buffer();
  private final List<String> wireLog = new ArrayList<>();
  private TranscriptText.Holes holes = new TranscriptText.Holes("", Optional.empty());
  private Phase phase = Phase.READING;
  private @Nullable ScriptedDelegation own;
  private @Nullable Front<?> front;
  private @Nullable UpstreamDialogue upstream;

  private enum Phase {
    READING,
    WAITING,
    RELAYING,
    CLOSED
  }

  /** Something that came out. */
  private sealed interface Event {
    record ToClient(String line) implements Event {}

    record ToUpstream(String line) implements Event {}

    record StartedTls() implements Event {}

    record UpstreamStartedTls() implements Event {}

    record Delayed() implements Event {}

    record Verified(String mechanism, String loginName, String clientName) implements Event {}

    record Exposed(String mechanism, String loginName, String clientName) implements Event {}

    record LoggedIn(String features) implements Event {}

    record Failed(UpstreamFailure failure) implements Event {}

    record Spliced() implements Event {}

    record Closed() implements Event {}
  }

  /** A protocol's front half, its command type captured. */
  private final class Front<C> {
    private final CommandDecoder<C> decoder;
    private final FrontDialogue<C> dialogue;

    Front(MailProtocol<C> protocol, SessionFacts facts) {
      decoder = protocol.decoder().apply(facts);
      dialogue = protocol.front().apply(facts);
    }

    void read() {
      while (phase == Phase.READING) {
        C command = decoder.decode(fromClient);
        if (command == null) {
          return;
        }
        perform(dialogue.command(command));
      }
    }

    void perform(FrontStep step) {
      switch (step) {
        case FrontStep.Say(String text, FrontStep.Expect next) -> say(text, next);
        case FrontStep.Refuse(String text) -> {
          events.add(new Event.Delayed());
          say(text, FrontStep.Expect.COMMAND);
        }
        case FrontStep.RefuseAndHangUp(String text) -> {
          events.add(new Event.Delayed());
          hangUp(text);
        }
        case FrontStep.StartTls(String text) -> {
          toClient(text);
          events.add(new Event.StartedTls());
          phase = Phase.WAITING;
        }
        case FrontStep.Verify(Credentials credentials) -> {
          phase = Phase.WAITING;
          perform(dialogue.on(verify(credentials)));
        }
        case FrontStep.InClear(String mechanism, Optional<Credentials> exposed, FrontStep then) -> {
          perform(then);
          exposed.ifPresent(sent -> {
            sent.secret().close();
            events.add(new Event.Exposed(mechanism, sent.loginName(), sent.clientName()));
          });
        }
        case FrontStep.SpeaksFor(var _, FrontStep then) -> perform(then);
        case FrontStep.Reject(var reason, var _) -> {
          phase = Phase.WAITING;
          perform(dialogue.on(new FrontEvent.Decided(new AuthOutcome.Rejected(reason))));
        }
        case FrontStep.Connect _ -> connect();
        case FrontStep.Splice(String text) -> {
          toClient(text);
          events.add(new Event.Spliced());
          phase = Phase.RELAYING;
          relay();
        }
        case FrontStep.HangUp(String text) -> hangUp(text);
      }
    }

    private void say(String text, FrontStep.Expect next) {
      toClient(text);
      decoder.expect(next);
      phase = Phase.READING;
    }

    private void hangUp(String text) {
      toClient(text);
      events.add(new Event.Closed());
      phase = Phase.CLOSED;
    }
  }

  private PureReplay(Transcript transcript) {
    this.transcript = transcript;
  }

  /**
   * Replays; throws an {@link AssertionError} with the log of the conversation where it departs.
   */
  public static void of(Transcript transcript, Function<Scope, MailProtocol<?>> protocols) {
    new PureReplay(transcript).run(protocols);
  }

  private void run(Function<Scope, MailProtocol<?>> protocols) {
    transcript
        .upstream()
        .ifPresent(setup -> {
          if (setup instanceof Upstream.Speaks speaks) {
            holes = new TranscriptText.Holes(speaks.secret(), Optional.empty());
            upstream = protocols.apply(speaks.protocol()).upstream().apply(speaks.plan());
          }
        });
    transcript
        .listener()
        .ifPresentOrElse(
            listener -> greet(protocols.apply(listener.protocol()), listener.facts()),
            () -> perform(upstream().connected()));
    for (Line line : transcript.lines()) {
      wireLog.add(line.number() + ": " + line.source());
      try {
        play(line.action());
      } catch (RuntimeException e) {
        throw departed(line.source(), "an exception", e);
      }
    }
    while (!events.isEmpty() && isOptional(events.getFirst())) {
      events.removeFirst();
    }
    if (!events.isEmpty()) {
      throw departed("the end", events.toString(), null);
    }
    fromClient.release();
  }

  private <C> void greet(MailProtocol<C> protocol, SessionFacts facts) {
    Front<C> greeting = new Front<>(protocol, facts);
    front = greeting;
    greeting.perform(greeting.dialogue.greet());
  }

  private void play(Action action) {
    switch (action) {
      case Action.ClientSends(TranscriptText text, boolean withLineEnd) -> {
        fromClient.writeBytes(text.bytes(holes));
        if (withLineEnd) {
          fromClient.writeBytes(new byte[] {'\r', '\n'});
        }
        if (phase == Phase.RELAYING) {
          relay();
        } else {
          front().read();
        }
      }
      case Action.UpstreamSends(TranscriptText text) -> {
        String line = new String(text.bytes(holes), StandardCharsets.ISO_8859_1);
        if (phase == Phase.RELAYING) {
          events.add(new Event.ToClient(line));
        } else {
          perform(upstream().line(line));
        }
      }
      case Action.ClientGets(TranscriptText text) ->
          expect(
              text.toString(), e -> e instanceof Event.ToClient(String line) && meets(text, line));
      case Action.UpstreamGets(TranscriptText text) ->
          expect(
              text.toString(),
              e -> e instanceof Event.ToUpstream(String line) && meets(text, line));
      case Action.StartsTls _ -> {
        expect("starttls", e -> e instanceof Event.StartedTls);
        if (fromClient.isReadable()) {
          events.add(new Event.Closed());
          phase = Phase.CLOSED;
        } else {
          tell(new FrontEvent.TlsStarted());
        }
      }
      case Action.UpstreamStartsTls _ -> {
        expect("upstream starttls", e -> e instanceof Event.UpstreamStartedTls);
        perform(upstream().tlsStarted());
      }
      case Action.IsDelayed _ -> expect("delayed", e -> e instanceof Event.Delayed);
      case Action.IsVerified(String mechanism, String name, String client) ->
          expect("verified", new Event.Verified(mechanism, name, client)::equals);
      case Action.IsExposed(String mechanism, String name, String client) ->
          expect("exposed", new Event.Exposed(mechanism, name, client)::equals);
      case Action.LogsIn(TranscriptText features) ->
          expect(
              "logged in " + features,
              e -> e instanceof Event.LoggedIn(String words) && meets(features, words));
      case Action.Fails fails ->
          expect(
              fails.toString(),
              e -> e instanceof Event.Failed(var failure) && fails.meets(failure));
      case Action.IsSpliced _ -> expect("spliced", e -> e instanceof Event.Spliced);
      case Action.IsClosed _ -> expect("closed", e -> e instanceof Event.Closed);
      case Action.Ends(FrontEvent.Reason reason) -> tell(new FrontEvent.Ending(reason));
    }
  }

  private void expect(String what, Predicate<Event> test) {
    while (!events.isEmpty()) {
      Event event = events.removeFirst();
      if (test.test(event)) {
        return;
      }
      if (!isOptional(event)) {
        throw departed(what, event.toString(), null);
      }
    }
    throw departed(what, "nothing", null);
  }

  private boolean isOptional(Event event) {
    return switch (event) {
      case Event.Delayed _, Event.Verified _ -> true;
      case Event.LoggedIn _, Event.Failed _ -> transcript.listener().isPresent();
      case Event.ToClient _,
          Event.ToUpstream _,
          Event.StartedTls _,
          Event.UpstreamStartedTls _,
          Event.Exposed _,
          Event.Spliced _,
          Event.Closed _ ->
          false;
    };
  }

  private boolean meets(TranscriptText text, String line) {
    Optional<TranscriptText.Holes> met = text.match(line, holes);
    met.ifPresent(values -> holes = values);
    return met.isPresent();
  }

  private AssertionError departed(String wanted, String got, @Nullable Throwable cause) {
    return new AssertionError(
        "%s: wanted <%s>, got <%s>, then %s%n%s"
            .formatted(transcript.name(), wanted, got, events, String.join("\n", wireLog)),
        cause);
  }

  // ---- towards the client

  private void tell(FrontEvent event) {
    perform(front(), event);
  }

  private static <C> void perform(PureReplay.Front<C> front, FrontEvent event) {
    front.perform(front.dialogue.on(event));
    front.read();
  }

  private void toClient(String text) {
    if (!text.isEmpty() && !text.endsWith("\r\n")) {
      throw new IllegalStateException("not complete lines: " + text);
    }
    for (String line : split(text)) {
      if (holes.tells(line)) {
        throw new IllegalStateException("the upstream secret goes to the client");
      }
      events.add(new Event.ToClient(line));
    }
  }

  private static List<String> split(String text) {
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n", from)) {
      lines.add(text.substring(from, end));
      from = end + 2;
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  private FrontEvent verify(Credentials credentials) {
    AuthOutcome outcome = outcome(credentials);
    Transcript.@Nullable User user = transcript.users().get(credentials.loginName());
    return user != null && user.verdict() instanceof Verdict.Crowded
        ? new FrontEvent.TooManySessions()
        : new FrontEvent.Decided(outcome);
  }

  private AuthOutcome outcome(Credentials credentials) {
    events.add(
        new Event.Verified(
            credentials.mechanism(), credentials.loginName(), credentials.clientName()));
    try (Secret secret = credentials.secret()) {
      Transcript.@Nullable User user = transcript.users().get(credentials.loginName());
      if (user == null) {
        return new AuthOutcome.Rejected(RejectReason.UNKNOWN_USER);
      }
      if (user.secret().filter(right -> !Secret.ofText(right).matches(secret)).isPresent()) {
        return new AuthOutcome.Rejected(RejectReason.WRONG_SECRET);
      }
      return switch (user.verdict()) {
        case Verdict.Accepted _, Verdict.Crowded _ ->
            new AuthOutcome.Accepted(grant(credentials.loginName()));
        case Verdict.Own(boolean isNoticeDue) -> {
          own = new ScriptedDelegation(grant(credentials.loginName()), secret.copy(), isNoticeDue);
          yield new AuthOutcome.Delegate(own);
        }
        case Verdict.Rejected(RejectReason reason) -> new AuthOutcome.Rejected(reason);
        case Verdict.Throttled(boolean isRefused) ->
            new AuthOutcome.Throttled(RejectReason.WRONG_SECRET, Duration.ofMillis(1), isRefused);
        case Verdict.Unavailable(AuthOutcome.Trouble trouble) ->
            new AuthOutcome.Unavailable(trouble);
      };
    }
  }

  private static Grant grant(String user) {
    return new Grant(
        "00".repeat(16), user, "1", Optional.empty(), user, Map.of(), Optional.empty());
  }

  private Front<?> front() {
    if (front == null) {
      throw new IllegalStateException("the script has no listener");
    }
    return front;
  }

  // ---- towards the upstream

  private void connect() {
    phase = Phase.WAITING;
    switch (transcript.upstream().orElseThrow()) {
      case Upstream.Speaks _ -> perform(upstream().connected());
      case Upstream.Fails(Cause cause) ->
          perform(new UpstreamStep.Failed(new UpstreamFailure(cause, "")));
    }
  }

  private void perform(UpstreamStep step) {
    switch (step) {
      case UpstreamStep.Read _ -> {}
      case UpstreamStep.Send(String line) -> toUpstream(line);
      case UpstreamStep.SendSecret(Secret line, var _) -> {
        try (line) {
          toUpstream(line.expose(bytes -> new String(bytes, StandardCharsets.ISO_8859_1)));
        }
      }
      case UpstreamStep.StartTls _ -> events.add(new Event.UpstreamStartedTls());
      case UpstreamStep.LoggedIn(UpstreamSession session) -> {
        events.add(new Event.LoggedIn(String.join(" ", session.features())));
        if (front != null) {
          tell(
              new FrontEvent.UpstreamReady(
                  session, own != null && own.taken().toCompletableFuture().join().isNoticeDue()));
        }
      }
      case UpstreamStep.GiveUp(String line, UpstreamFailure failure) -> {
        toUpstream(line);
        failed(failure);
      }
      case UpstreamStep.Failed(UpstreamFailure failure) -> failed(failure);
    }
  }

  private void failed(UpstreamFailure failure) {
    if (failure.detail().length() > 200
        || failure.detail().chars().anyMatch(Character::isISOControl)
        || holes.tells(failure.detail())) {
      throw new IllegalStateException("not fit for a log: " + failure.detail());
    }
    events.add(new Event.Failed(failure));
    if (front != null && own != null && failure.cause() == Cause.LOGIN_REFUSED) {
      tell(new FrontEvent.Decided(own.refused()));
    } else if (front != null) {
      tell(new FrontEvent.UpstreamFailed(failure));
    }
  }

  private void toUpstream(String text) {
    if (!text.endsWith("\r\n")) {
      throw new IllegalStateException("not complete lines: " + text);
    }
    split(text).forEach(line -> events.add(new Event.ToUpstream(line)));
  }

  private void relay() {
    byte[] bytes = new byte[fromClient.readableBytes()];
    fromClient.readBytes(bytes);
    split(new String(bytes, StandardCharsets.ISO_8859_1))
        .forEach(line -> events.add(new Event.ToUpstream(line)));
  }

  private UpstreamDialogue upstream() {
    if (upstream == null) {
      throw new IllegalStateException("the script has no upstream");
    }
    return upstream;
  }
}
