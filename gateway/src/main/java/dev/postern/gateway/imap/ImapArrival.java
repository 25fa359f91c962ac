package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.Mood;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.imap.ImapResponse.Word;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is behind an upstream's consent to a login: its capabilities, where it did not tell them,
 * and, where that is wanted, whether the mailbox is to be had. Exchange Online accepts logins whose
 * mailbox it then does not open: {@code BAD User is authenticated but not connected.} to every
 * command that needs it. NAMESPACE, RFC 9051 §6.3.10, is the cheapest of those.
 *
 * <pre>
 *   begin ──told──┬──────────────────────────────────────────────────────────► LoggedIn
 *         │       └─NAMESPACE─► Probing ──OK─────────────────────────────────► LoggedIn
 *         └─CAPABILITY [NAMESPACE]─► Asking ──OK──┬──────────────────────────► LoggedIn
 *                                                 └──► Probing ──OK, unknown─► LoggedIn
 * </pre>
 *
 * <p>Where both have to be asked, they are asked at once, RFC 9051 §5.5: that is one round trip. A
 * server that does not list NAMESPACE is taken to have the mailbox: there is no way to ask it.
 */
final class ImapArrival {
  private static final String NAMESPACE = "NAMESPACE";

  /** Has NAMESPACE without listing it, RFC 9051 §6.3.10. */
  private static final String REVISION_2 = "IMAP4rev2";

  private final boolean isMailboxProbed;
  private final Supplier<String> tags;
  private State state = new State.Beginning();

  private sealed interface State {
    record Beginning() implements State {}

    /**
     * CAPABILITY was sent.
     *
     * @param probe tag of the NAMESPACE that was sent behind it, if it was
     */
    record Asking(String tag, Optional<String> probe, List<String> heard) implements State {}

    /** NAMESPACE was sent. */
    record Probing(String tag, List<String> capabilities) implements State {}
  }

  /**
   * The consent was read.
   *
   * @param tags a new tag each time
   */
  ImapArrival(boolean isMailboxProbed, Supplier<String> tags) {
    this.isMailboxProbed = isMailboxProbed;
    this.tags = tags;
  }

  /**
   * Asks what is not known.
   *
   * @param capabilities that came with the consent; none if none did
   */
  UpstreamStep begin(List<String> capabilities) {
    if (capabilities.isEmpty()) {
      return ask();
    }
    if (!isMailboxProbed || !knowsNamespace(capabilities)) {
      return loggedIn(capabilities);
    }
    String tag = tags.get();
    state = new State.Probing(tag, capabilities);
    return ImapSteps.command(tag, NAMESPACE);
  }

  private UpstreamStep ask() {
    String tag = tags.get();
    String question = tag + " " + ImapResponse.CAPABILITY + ImapReplies.CRLF;
    Optional<String> probe = isMailboxProbed ? Optional.of(tags.get()) : Optional.empty();
    state = new State.Asking(tag, probe, List.of());
    return new UpstreamStep.Send(
        question + probe.map(next -> next + " " + NAMESPACE + ImapReplies.CRLF).orElse(""));
  }

  UpstreamStep on(ImapResponse response) {
    if (response instanceof Status status && status.isUntagged() && status.word() == Word.BYE) {
      return notConnected(status, "after login");
    }
    return switch (state) {
      case State.Asking asking -> asking(asking, response);
      case State.Probing probing -> probing(probing, response);
      case State.Beginning _ -> ImapSteps.failed(Cause.PROTOCOL, "a response to nothing");
    };
  }

  private UpstreamStep asking(State.Asking now, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.Asking(now.tag(), now.probe(), words);
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

  private UpstreamStep asked(State.Asking now) {
    if (now.heard().isEmpty()) {
      return ImapSteps.failed(Cause.PROTOCOL, "CAPABILITY after login: OK without a list");
    }
    if (now.probe().isEmpty()) {
      return loggedIn(now.heard());
    }
    state = new State.Probing(now.probe().get(), now.heard());
    return new UpstreamStep.Read();
  }

  private UpstreamStep probing(State.Probing now, ImapResponse response) {
    if (!(response instanceof Status status) || !status.tag().equals(now.tag())) {
      return ImapSteps.unasked(response);
    }
    return switch (status.word()) {
      case OK -> loggedIn(now.capabilities());
      case BAD ->
          isUnknown(status, now.capabilities())
              ? loggedIn(now.capabilities())
              : notConnected(status, NAMESPACE);
      case NO, BYE, PREAUTH -> notConnected(status, NAMESPACE);
    };
  }

  /** Whether it is NAMESPACE that the server does not know, not the mailbox. */
  private static boolean isUnknown(Status status, List<String> capabilities) {
    return !knowsNamespace(capabilities) && status.mood() instanceof Mood.Even;
  }

  private static boolean knowsNamespace(List<String> capabilities) {
    return ImapCapabilities.has(capabilities, NAMESPACE)
        || ImapCapabilities.has(capabilities, REVISION_2);
  }

  private static UpstreamStep notConnected(Status status, String when) {
    return new UpstreamStep.Failed(status.failure(Cause.NOT_CONNECTED, when));
  }

  private static UpstreamStep loggedIn(List<String> capabilities) {
    return new UpstreamStep.LoggedIn(new UpstreamSession(capabilities));
  }
}
