package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;

/** Steps towards an upstream that are the same before, in and behind a login. */
final class ImapSteps {
  private ImapSteps() {}

  static UpstreamStep command(String tag, String command) {
    return new UpstreamStep.Send(tag + " " + command + ImapReplies.CRLF);
  }

  static UpstreamStep failed(Cause cause, String detail) {
    return new UpstreamStep.Failed(new UpstreamFailure(cause, detail));
  }

  /** Something that was not asked for: information is passed over, anything else is a fault. */
  static UpstreamStep unasked(ImapResponse response) {
    return switch (response) {
      case Status status when status.isUntagged() && status.word() != ImapResponse.Word.BYE ->
          new UpstreamStep.Read();
      case ImapResponse.Other _, ImapResponse.Capabilities _ -> new UpstreamStep.Read();
      case Status status -> new UpstreamStep.Failed(status.failure(Cause.PROTOCOL, "unexpected"));
      case ImapResponse.Continuation _ ->
          failed(Cause.PROTOCOL, "a continuation that was not asked for");
      case ImapResponse.Garbage _ -> failed(Cause.PROTOCOL, "not an IMAP response");
    };
  }
}
