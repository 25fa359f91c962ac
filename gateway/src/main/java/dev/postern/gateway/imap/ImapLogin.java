package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.sasl.SaslClient;
import dev.postern.gateway.sasl.SecretLine;
import dev.postern.store.auth.Secret;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The one command that logs in at an upstream, and what it says to that: AUTHENTICATE, RFC 9051
 * §6.2.2, with or without the initial response of RFC 4959, or LOGIN, §6.2.3. Used once, by one
 * thread.
 */
final class ImapLogin implements AutoCloseable {
  private final String tag;
  private final Command command;
  private List<String> heard = List.of();

  private sealed interface Command {
    String name();

    record Authenticate(SaslClient client) implements Command {
      @Override
      public String name() {
        return "AUTHENTICATE";
      }
    }

    /**
     * LOGIN.
     *
     * @param rest pieces behind literals, not sent yet
     */
    record Login(Deque<Secret> rest) implements Command {
      @Override
      public String name() {
        return "LOGIN";
      }
    }
  }

  /** What an answer makes of the login. */
  sealed interface Progress {
    /** It goes on, or has failed. */
    record Next(UpstreamStep step) implements Progress {}

    /**
     * It was accepted.
     *
     * @param capabilities that came with the consent or before it; none if none did
     */
    record Accepted(List<String> capabilities) implements Progress {}
  }

  private ImapLogin(String tag, Command command) {
    this.tag = tag;
    this.command = command;
  }

  static ImapLogin authenticate(String tag, SaslClient client) {
    return new ImapLogin(tag, new Command.Authenticate(client));
  }

  static ImapLogin login(String tag, Password credentials) {
    return new ImapLogin(tag, new Command.Login(ImapLoginCommand.pieces(tag, credentials)));
  }

  /** Sends the command. */
  UpstreamStep begin(boolean takesInitialResponse) {
    return switch (command) {
      case Command.Authenticate(SaslClient client) -> {
        String text = command.name() + " " + client.mechanism();
        yield (takesInitialResponse ? client.initialResponse() : Optional.<Secret>empty())
            .<UpstreamStep>map(initial ->
                new UpstreamStep.SendSecret(
                    SecretLine.of(tag + " " + text + " ", initial, ImapReplies.CRLF),
                    tag + " " + text + " " + TraceWords.RESPONSE))
            .orElseGet(() -> ImapSteps.command(tag, text));
      }
      case Command.Login(Deque<Secret> rest) ->
          new UpstreamStep.SendSecret(rest.removeFirst(), tag + " LOGIN <name and secret>");
    };
  }

  Progress on(ImapResponse response) {
    return switch (response) {
      case ImapResponse.Continuation(String challenge) ->
          new Progress.Next(more(challenge).orElseGet(this::asksForMore));
      case ImapResponse.Capabilities(List<String> words) -> {
        heard = words;
        yield new Progress.Next(new UpstreamStep.Read());
      }
      case Status status when status.tag().equals(tag) -> decided(status);
      case Status status when isRefused() && status.word() == ImapResponse.Word.BYE ->
          refused(status, Cause.LOGIN_REFUSED);
      case Status _, ImapResponse.Other _, ImapResponse.Garbage _ ->
          new Progress.Next(ImapSteps.unasked(response));
    };
  }

  private Optional<UpstreamStep> more(String challenge) {
    return switch (command) {
      case Command.Authenticate(SaslClient client) ->
          client
              .respond(challenge)
              .map(line ->
                  new UpstreamStep.SendSecret(
                      SecretLine.of("", line, ImapReplies.CRLF), TraceWords.RESPONSE));
      case Command.Login(Deque<Secret> rest) ->
          Optional.ofNullable(rest.pollFirst())
              .map(literal -> new UpstreamStep.SendSecret(literal, "<literal>"));
    };
  }

  private UpstreamStep asksForMore() {
    String detail = command.name() + ": asks for more than there is to say" + tellingStatus();
    return isRefused()
        ? new UpstreamStep.GiveUp(
            SaslClient.CANCEL + ImapReplies.CRLF, new UpstreamFailure(Cause.LOGIN_REFUSED, detail))
        : ImapSteps.failed(Cause.PROTOCOL, detail);
  }

  private Progress decided(Status status) {
    return switch (status.word()) {
      case OK -> accepted(status);
      case NO -> refused(status, status.cause());
      case BAD, BYE, PREAUTH -> refused(status, isRefused() ? Cause.LOGIN_REFUSED : Cause.PROTOCOL);
    };
  }

  private Progress accepted(Status status) {
    if (isRefused()) {
      return new Progress.Next(
          ImapSteps.failed(Cause.PROTOCOL, command.name() + ": OK to what it refused"));
    }
    return isComplete()
        ? new Progress.Accepted(status.capabilities().orElse(heard))
        : new Progress.Next(
            ImapSteps.failed(Cause.PROTOCOL, command.name() + ": OK before it was whole"));
  }

  private Progress refused(Status status, Cause cause) {
    return new Progress.Next(
        new UpstreamStep.Failed(status.failure(cause, "login", tellingStatus())));
  }

  private boolean isComplete() {
    return switch (command) {
      case Command.Authenticate(SaslClient client) -> client.isComplete();
      case Command.Login(Deque<Secret> rest) -> rest.isEmpty();
    };
  }

  private boolean isRefused() {
    return switch (command) {
      case Command.Authenticate(SaslClient client) -> client.isRefused();
      case Command.Login _ -> false;
    };
  }

  private String tellingStatus() {
    return switch (command) {
      case Command.Authenticate(SaslClient client) -> client.tellingStatus();
      case Command.Login _ -> "";
    };
  }

  /** Wipes what was not sent. */
  @Override
  public void close() {
    switch (command) {
      case Command.Authenticate _ -> {}
      case Command.Login(Deque<Secret> rest) -> rest.forEach(Secret::close);
    }
  }
}
