package dev.postern.gateway.dialogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Any input in every state of a front dialogue, from bytes: nothing throws, nobody is handed over
 * who was not accepted, each command and each attempt gets one final reply, no secret comes out,
 * and every secret is wiped.
 *
 * <p>An input is a script. Its first byte says how the connection stands to TLS and how many errors
 * it survives. The others are what the client sends, but for those of {@link #play}: they stand for
 * secrets, for events in turn or out of it, and for long arguments.
 *
 * @param <C> the protocol's command type
 */
public final class AnyConversation<C> {
  private static final int MOST_BYTES = 60_000;
  private static final int PIECE = 5;
  private static final int MOST_PENDING = 64 * 1024;
  private static final int MOST_COMMANDS = 300;

  private final CommandDecoder<C> decoder;
  private final FrontDialogue<C> front;
  private final Pattern finalReply;
  private final byte[] script;
  private final Marked marked;
  private final ByteBuf in = Unpooled.buffer();
  private final List<Secret> secrets = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();
  private final int piece;
  private int sent;
  private int unread;
  private int commands;
  private byte nextVerdict;
  private byte nextAnswer;
  private byte interruption;

  /** Whether what comes depends on how much was there already. */
  private boolean isImpatient;

  private final boolean isTrusted;
  private boolean hasSpoken;
  private boolean isAccepted;
  private Waiting waiting = Waiting.FOR_COMMAND;

  /** What the dialogue waits for. */
  private enum Waiting {
    FOR_COMMAND,
    FOR_TLS,
    FOR_VERDICT,
    FOR_UPSTREAM,
    NO_MORE
  }

  private AnyConversation(MailProtocol<C> protocol, Pattern finalReply, byte[] script, int piece) {
    this.finalReply = finalReply;
    this.script = script;
    this.piece = piece;
    this.marked = new Marked(script);
    SessionFacts.Tls[] tls = SessionFacts.Tls.values();
    SessionFacts facts =
        new SessionFacts(
            "mail.example.com",
            tls[(script[0] & 0x3) % tls.length],
            (script[0] & 0x4) == 0 ? List.of() : List.of("ONE", "TWO 3"),
            1 + ((script[0] >> 3) & 0x7),
            Help.NONE,
            "0a1b2c3d4e",
            (script[0] & 0x40) != 0,
            (script[0] & 0x80) != 0);
    this.isTrusted = facts.isTrusted();
    this.decoder = protocol.decoder().apply(facts);
    this.front = protocol.front().apply(facts);
  }

  /**
   * Holds the conversation twice, the bytes arriving in different pieces, and throws if anything is
   * wrong with it.
   *
   * @param finalReply a line that is the one answer to a command, not a farewell after it
   */
  public static <C> void hold(MailProtocol<C> protocol, Pattern finalReply, byte[] script) {
    if (script.length > 0) {
      var atOnce = new AnyConversation<>(protocol, finalReply, script, MOST_BYTES);
      var piecemeal = new AnyConversation<>(protocol, finalReply, script, PIECE);
      atOnce.converse();
      piecemeal.converse();
      if (!atOnce.isImpatient) {
        assertThat(piecemeal.trace).isEqualTo(atOnce.trace);
      }
    }
  }

  private void converse() {
    perform(front.greet(), 1);
    for (int at = 1; at < script.length && waiting != Waiting.NO_MORE; at++) {
      at = play(at);
    }
    read();
    if (waiting != Waiting.NO_MORE) {
      interrupt(front.on(new FrontEvent.Ending(FrontEvent.Reason.DEADLINE)));
    }
    Marked.assertWiped(secrets);
  }

  /** Plays one sign of the script; gives back where its last byte stands. */
  private int play(int at) {
    byte argument = at + 1 < script.length ? script[at + 1] : 0;
    switch (script[at]) {
      case 0x0e -> send(marked.text());
      case 0x0f -> send(marked.plain());
      case 0x10 -> send(marked.encoded());
      case 0x11 -> {
        read();
        if (waiting == Waiting.FOR_TLS) {
          answer(new FrontEvent.TlsStarted(), 0);
        }
      }
      case 0x12 -> {
        read();
        outOfTurn(argument);
        return at + 1;
      }
      case 0x13 -> {
        read();
        nextVerdict = argument;
        return at + 1;
      }
      case 0x14 -> {
        read();
        nextAnswer = argument;
        return at + 1;
      }
      case 0x15 -> {
        read();
        interruption = argument;
        return at + 1;
      }
      case 0x17 -> {
        send("x".repeat((argument & 0xff) * 64));
        return at + 1;
      }
      default -> send(Character.toString(script[at] & 0xff));
    }
    return at;
  }

  private void send(String text) {
    sent += text.length();
    if (sent > MOST_BYTES) {
      return;
    }
    for (byte b : text.getBytes(ISO_8859_1)) {
      // What comes during a handshake is for the TLS engine.
      if (waiting != Waiting.FOR_TLS) {
        in.writeByte(b);
        unread++;
        if (unread >= piece) {
          read();
        }
      }
    }
  }

  private void read() {
    unread = 0;
    while (waiting == Waiting.FOR_COMMAND) {
      C command = decoder.decode(in);
      if (command == null) {
        assertThat(in.readableBytes() <= MOST_PENDING).isTrue();
        return;
      }
      perform(front.command(noted(command)), 1);
    }
  }

  private C noted(C command) {
    commands++;
    assertThat(commands).isLessThanOrEqualTo(MOST_COMMANDS);
    List<Secret> held = Marked.secretsOf(command);
    secrets.addAll(held);
    trace.add(Marked.inFull(command));
    assertThat(held.isEmpty() || !marked.isIn(command.toString())).isTrue();
    return command;
  }

  /** An event that comes when nobody waits for it must be the end. */
  private void outOfTurn(byte choice) {
    FrontEvent event = event(choice);
    if (isInTurn(event)) {
      perform(front.on(event), 0);
    } else if (waiting != Waiting.NO_MORE) {
      interrupt(front.on(event));
    }
  }

  private FrontEvent event(byte choice) {
    return switch (choice & 0x7) {
      case 0 -> new FrontEvent.TlsStarted();
      case 1 -> new FrontEvent.Decided(accepted());
      case 2 -> new FrontEvent.Decided(new AuthOutcome.Rejected(RejectReason.WRONG_SECRET));
      case 3 -> ready();
      case 4 -> failed(choice);
      case 5 -> new FrontEvent.TooManySessions();
      default -> {
        FrontEvent.Reason[] reasons = FrontEvent.Reason.values();
        yield new FrontEvent.Ending(reasons[((choice & 0xff) >> 3) % reasons.length]);
      }
    };
  }

  private boolean isInTurn(FrontEvent event) {
    return switch (event) {
      case FrontEvent.TlsStarted _ -> waiting == Waiting.FOR_TLS;
      case FrontEvent.Decided _, FrontEvent.TooManySessions _ -> waiting == Waiting.FOR_VERDICT;
      case FrontEvent.UpstreamReady _, FrontEvent.UpstreamFailed _ ->
          waiting == Waiting.FOR_UPSTREAM;
      case FrontEvent.NoRoom _, FrontEvent.Ending _ -> false;
    };
  }

  private void interrupt(FrontStep step) {
    assertThat(step).isInstanceOf(FrontStep.HangUp.class);
    waiting = Waiting.FOR_COMMAND;
    perform(step, 0);
  }

  /**
   * Runs a step.
   *
   * @param finals how many final replies it owes if it reads on with a command
   */
  private void perform(FrontStep step, int finals) {
    assertThat(marked.isIn(step.toString())).as(step.getClass().getSimpleName()).isFalse();
    trace.add(step.toString());
    switch (step) {
      case FrontStep.Say(String text, Expect next) -> {
        say(text, next == Expect.COMMAND ? finals : 0);
        waiting = Waiting.FOR_COMMAND;
        decoder.expect(next);
      }
      case FrontStep.Refuse(String text) -> {
        assertThat(waiting).isIn(Waiting.FOR_VERDICT, Waiting.FOR_UPSTREAM);
        say(text, 1);
        waiting = Waiting.FOR_COMMAND;
        decoder.expect(Expect.COMMAND);
      }
      case FrontStep.RefuseAndHangUp(String text) -> {
        assertThat(waiting).isIn(Waiting.FOR_VERDICT, Waiting.FOR_UPSTREAM);
        say(text, 1);
        waiting = Waiting.NO_MORE;
      }
      case FrontStep.HangUp(String text) -> {
        assertThat(waiting).as("an attempt without a reply").isEqualTo(Waiting.FOR_COMMAND);
        check(text);
        assertThat(finalRepliesIn(text)).isLessThanOrEqualTo(finals);
        waiting = Waiting.NO_MORE;
      }
      case FrontStep.StartTls(String text) -> {
        say(text, 1);
        waiting = Waiting.FOR_TLS;
        in.clear();
      }
      case FrontStep.Verify(Credentials credentials) -> {
        secrets.add(credentials.secret());
        trace.add(credentials.loginName());
        verdict(verdictOf(credentials));
      }
      case FrontStep.InClear(String _, Optional<Credentials> exposed, FrontStep then) -> {
        exposed.ifPresent(credentials -> {
          secrets.add(credentials.secret());
          credentials.secret().close();
          trace.add(credentials.loginName());
        });
        perform(then, finals);
      }
      case FrontStep.SpeaksFor(var _, FrontStep then) -> {
        assertThat(isTrusted && !hasSpoken).isTrue();
        hasSpoken = true;
        perform(then, finals);
      }
      case FrontStep.Reject(RejectReason reason, String _) ->
          verdict(new AuthOutcome.Rejected(reason));
      case FrontStep.Connect _ -> {
        assertThat(waiting).isEqualTo(Waiting.FOR_VERDICT);
        assertThat(isAccepted).isTrue();
        waiting = Waiting.FOR_UPSTREAM;
        answer((nextAnswer & 0x1) == 0 ? ready() : failed(nextAnswer), 1);
      }
      case FrontStep.Splice(String text) -> {
        assertThat(waiting).isEqualTo(Waiting.FOR_UPSTREAM);
        assertThat(isAccepted && (nextAnswer & 0x1) == 0).as("nobody else is relayed").isTrue();
        say(text, 1);
        waiting = Waiting.NO_MORE;
      }
    }
  }

  private void verdict(AuthOutcome outcome) {
    waiting = Waiting.FOR_VERDICT;
    isAccepted = outcome instanceof AuthOutcome.Accepted;
    answer(new FrontEvent.Decided(outcome), 1);
  }

  private AuthOutcome verdictOf(Credentials credentials) {
    credentials.secret().close();
    RejectReason[] reasons = RejectReason.values();
    return switch (nextVerdict & 0x3) {
      case 1, 2 -> new AuthOutcome.Rejected(reasons[((nextVerdict & 0xff) >> 2) % reasons.length]);
      case 3 ->
          (nextVerdict & 0x80) == 0
              ? new AuthOutcome.Unavailable(AuthOutcome.Trouble.DATABASE)
              : new AuthOutcome.Throttled(
                  RejectReason.WRONG_SECRET, Duration.ofMillis(1), (nextVerdict & 0x40) != 0);
      default -> accepted();
    };
  }

  /** Gives an answer, unless something else gets in first. */
  private void answer(FrontEvent answer, int finals) {
    byte choice = (byte) (interruption >> 2);
    switch (interruption & 0x3) {
      case 1 -> {
        isImpatient = true;
        decoder.expect(Expect.COMMAND);
        C command = decoder.decode(in);
        if (command != null) {
          interrupt(front.command(noted(command)));
          return;
        }
      }
      case 2, 3 -> {
        FrontEvent event = event(choice);
        if (!isInTurn(event)) {
          interrupt(front.on(event));
          return;
        }
      }
      default -> {}
    }
    perform(front.on(answer), finals);
  }

  private void say(String text, int finals) {
    check(text);
    assertThat(finalRepliesIn(text)).as(text).isEqualTo(finals);
  }

  private long finalRepliesIn(String text) {
    return text.lines().filter(line -> finalReply.matcher(line).matches()).count();
  }

  private static void check(String text) {
    assertThat(text).matches("(?:[ -~]*\r\n)*");
  }

  private static AuthOutcome accepted() {
    return new AuthOutcome.Accepted(
        new Grant("00", "alice", "1", Optional.empty(), "alice", Map.of(), Optional.empty()));
  }

  /** An upstream whose features would be lines of their own. */
  private static FrontEvent ready() {
    return new FrontEvent.UpstreamReady(
        new UpstreamSession(List.of("ONE", "X]\r\nA OK", "AUTH=PLAIN", "SIZE 5")));
  }

  private FrontEvent failed(byte choice) {
    UpstreamFailure.Cause[] causes = UpstreamFailure.Cause.values();
    return new FrontEvent.UpstreamFailed(
        new UpstreamFailure(causes[((choice & 0xff) >> 1) % causes.length], marked.text()));
  }
}
