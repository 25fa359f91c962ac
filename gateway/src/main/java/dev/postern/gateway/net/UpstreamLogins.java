package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import io.netty.channel.EventLoop;
import java.util.Optional;

/** Logs in at upstreams. */
interface UpstreamLogins {

  /** Learns how a login went: one call, on the event loop, unless it is cancelled before. */
  interface Answer {
    void ready(UpstreamLink link);

    void failed(UpstreamFailure failure);
  }

  /** A login under way; cancelling it after its end is harmless. */
  interface Ticket {
    void cancel();
  }

  /**
   * Logs in as the plan says and closes the plan's password in the end. Called on {@code loop};
   * {@code answer} is called after it has returned.
   *
   * @param deadline of all that the login waits for
   * @param client for a PROXY header; empty for a login of our own
   * @param talk hears what is said
   */
  Ticket login(
      EventLoop loop,
      Deadline deadline,
      UpstreamTarget target,
      UpstreamPlan plan,
      Optional<ClientIdentity> client,
      UpstreamTalk talk,
      Answer answer);
}
