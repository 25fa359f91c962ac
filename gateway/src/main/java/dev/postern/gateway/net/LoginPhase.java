package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.FrontStep;
import io.netty.util.concurrent.Future;

/** Where a connection stands on its way to a login; see {@link LoginHandler} for the ways. */
sealed interface LoginPhase {

  /** Before the greeting. */
  record Opening() implements LoginPhase {}

  /** It is the client's turn. */
  record Reading(FrontStep.Expect next) implements LoginPhase {}

  /** The verifier was asked. */
  record Verifying() implements LoginPhase {}

  /** A login at an upstream is under way. */
  record Connecting(UpstreamLogins.Ticket ticket) implements LoginPhase {}

  /** Logged in at the upstream; the dialogue says what now. */
  record Ready(UpstreamLink link) implements LoginPhase {}

  /** A refusal waits for its time. */
  record Delaying(Future<?> reply) implements LoginPhase {}

  /** From the consent to STARTTLS to the end of the handshake. */
  record Switching() implements LoginPhase {}

  /** Spliced, hung up or closed. */
  record Over() implements LoginPhase {}

  /** Gives up what this phase waits for, or holds. */
  default void leave() {
    switch (this) {
      case Connecting(var ticket) -> ticket.cancel();
      case Delaying(var reply) -> reply.cancel(false);
      case Ready(var link) -> link.channel().close();
      case Opening _, Reading _, Verifying _, Switching _, Over _ -> {}
    }
  }
}
