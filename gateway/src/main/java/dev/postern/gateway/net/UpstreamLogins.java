package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import io.netty.channel.EventLoop;

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
   */
  Ticket login(EventLoop loop, UpstreamTarget target, UpstreamPlan plan, Answer answer);
}
