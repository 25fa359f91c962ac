package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.imap.ImapResponse.Word;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is behind an upstream's consent to a login: its capabilities, where it did not tell them.
 *
 * <pre>
 *   begin ──told──────────────────────────► LoggedIn
 *         └─CAPABILITY─► Asking ──OK──────► LoggedIn
 * </pre>
 */
final class ImapArrival {
  private final Supplier<String> tags;
  private State state = new State.Beginning();

  private sealed interface State {
    record Beginning() implements State {}

    /** CAPABILITY was sent. */
    record Asking(String tag, List<String> heard) implements State {}
  }

  /**
   * The consent was read.
   *
   * @param tags a new tag each time
   */
  ImapArrival(Supplier<String> tags) {
    this.tags = tags;
  }

  /**
   * Asks what is not known.
   *
   * @param capabilities that came with the consent; none if none did
   */
  UpstreamStep begin(List<String> capabilities) {
    if (!capabilities.isEmpty()) {
      return loggedIn(capabilities);
    }
    String tag = tags.get();
    state = new State.Asking(tag, List.of());
    return ImapSteps.command(tag, ImapResponse.CAPABILITY);
  }

  UpstreamStep on(ImapResponse response) {
    if (response instanceof Status status && status.isUntagged() && status.word() == Word.BYE) {
      return notConnected(status, "after login");
    }
    return switch (state) {
      case State.Asking asking -> asking(asking, response);
      case State.Beginning _ -> ImapSteps.failed(Cause.PROTOCOL, "a response to nothing");
    };
  }

  private UpstreamStep asking(State.Asking now, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.Asking(now.tag(), words);
        yield new UpstreamStep.Read();
      }
      case Status status when status.tag().equals(now.tag()) ->
          switch (status.word()) {
            case OK -> asked(now);
            case NO, BAD, BYE, PREAUTH -> notConnected(status, "CAPABILITY after login");
          };
      case Status _, ImapResponse.Other _, ImapResponse.Continuation _, ImapResponse.Garbage _ ->
          ImapSteps.unasked(response);
    };
  }

  private static UpstreamStep asked(State.Asking now) {
    return now.heard().isEmpty()
        ? ImapSteps.failed(Cause.PROTOCOL, "CAPABILITY after login: OK without a list")
        : loggedIn(now.heard());
  }

  private static UpstreamStep notConnected(Status status, String when) {
    return new UpstreamStep.Failed(status.failure(Cause.NOT_CONNECTED, when));
  }

  private static UpstreamStep loggedIn(List<String> capabilities) {
    return new UpstreamStep.LoggedIn(new UpstreamSession(capabilities));
  }
}
