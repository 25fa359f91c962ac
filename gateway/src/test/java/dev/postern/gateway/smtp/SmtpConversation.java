package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decoder and front dialogue with everything around them played by hand: {@code alice} with {@code
 * right-secret} may log in, all else may not.
 */
final class SmtpConversation implements AutoCloseable {

  static final String RIGHT = "right-secret";
  static final SessionFacts IN_TLS = facts(SessionFacts.Tls.ON);
  static final SessionFacts BEFORE_TLS = facts(SessionFacts.Tls.REQUIRED);
  static final SessionFacts IN_CLEAR = facts(SessionFacts.Tls.OFF);

  private final SmtpDecoder decoder = new SmtpDecoder(false);
  private final FrontDialogue<SmtpCommand> front;
  private final ByteBuf in = Unpooled.buffer();
  private final StringBuilder said = new StringBuilder();
  private final List<Credentials> attempts = new ArrayList<>();
  private AuthOutcome wrong = new AuthOutcome.Rejected(RejectReason.WRONG_SECRET);
  private Optional<UpstreamFailure.Cause> upstreamTrouble = Optional.empty();
  private End end = End.OPEN;
  private int largest;

  enum End {
    OPEN,
    SECURING,
    SPLICED,
    HUNG_UP
  }

  SmtpConversation(SessionFacts facts) {
    front = SmtpFront.dialogue(facts);
    follow(front.greet());
  }

  static SessionFacts facts(SessionFacts.Tls tls) {
    return new SessionFacts("mail.example.com", tls, List.of("SIZE 1000", "8BITMIME"), 5);
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static String plain(String user, String secret) {
    return base64("\0" + user + "\0" + secret);
  }

  SmtpConversation rejectingFor(RejectReason reason) {
    wrong = new AuthOutcome.Rejected(reason);
    return this;
  }

  SmtpConversation unavailable() {
    wrong = new AuthOutcome.Unavailable(AuthOutcome.Trouble.DATABASE);
    return this;
  }

  SmtpConversation withUpstreamTrouble(UpstreamFailure.Cause cause) {
    upstreamTrouble = Optional.of(cause);
    return this;
  }

  /** Sends lines and returns what was said since the last call. */
  String send(String... lines) {
    return sendBytes((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends one piece of bytes and returns what was said since the last call. */
  String sendBytes(byte[] bytes) {
    in.writeBytes(bytes);
    while (end == End.OPEN) {
      SmtpCommand command = decoder.decode(in);
      if (command == null) {
        break;
      }
      follow(front.command(command));
    }
    largest = Math.max(largest, in.readableBytes());
    in.discardReadBytes();
    return heard();
  }

  String event(FrontEvent event) {
    end = End.OPEN;
    follow(front.on(event));
    return heard();
  }

  /** What was said since the last call. */
  String heard() {
    String heard = said.toString();
    said.setLength(0);
    return heard;
  }

  End end() {
    return end;
  }

  List<Credentials> attempts() {
    return attempts;
  }

  /** What is left for whoever comes behind the decoder. */
  String leftover() {
    return in.toString(StandardCharsets.ISO_8859_1);
  }

  /** The most bytes that waited undecoded while the conversation was open. */
  int largest() {
    return largest;
  }

  private void follow(FrontStep step) {
    switch (step) {
      case FrontStep.Say(String text, Expect next) -> {
        said.append(text);
        decoder.expect(next);
      }
      case FrontStep.Refuse(String text) -> {
        said.append(text);
        decoder.expect(Expect.COMMAND);
      }
      case FrontStep.RefuseAndHangUp(String text) -> {
        said.append(text);
        end = End.HUNG_UP;
      }
      case FrontStep.HangUp(String text) -> {
        said.append(text);
        end = End.HUNG_UP;
      }
      case FrontStep.StartTls(String text) -> {
        said.append(text);
        end = End.SECURING;
      }
      case FrontStep.Verify(Credentials credentials) -> {
        attempts.add(credentials);
        follow(front.on(new FrontEvent.Decided(decide(credentials))));
      }
      case FrontStep.InClear(String _, Optional<Credentials> exposed, FrontStep then) -> {
        exposed.ifPresent(sent -> sent.secret().close());
        follow(then);
      }
      case FrontStep.SpeaksFor(var _, FrontStep then) -> follow(then);
      case FrontStep.Reject(var reason, var _) ->
          follow(front.on(new FrontEvent.Decided(new AuthOutcome.Rejected(reason))));
      case FrontStep.Connect _ ->
          follow(
              front.on(
                  upstreamTrouble
                      .<FrontEvent>map(cause ->
                          new FrontEvent.UpstreamFailed(
                              new UpstreamFailure(cause, "db7.internal said no")))
                      .orElseGet(
                          () -> new FrontEvent.UpstreamReady(new UpstreamSession(List.of())))));
      case FrontStep.Splice(String text) -> {
        said.append(text);
        end = End.SPLICED;
      }
    }
  }

  private AuthOutcome decide(Credentials credentials) {
    boolean isRight = credentials.secret().matches(Secret.ofText(RIGHT));
    return isRight && credentials.loginName().equals("alice")
        ? new AuthOutcome.Accepted(
            new Grant("1", "alice", "2", Optional.empty(), "alice", Map.of(), Optional.empty()))
        : wrong;
  }

  @Override
  public void close() {
    in.release();
  }
}
