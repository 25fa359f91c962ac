package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamSession;
import io.netty.channel.Channel;

/** A connection that is logged in at an upstream; what it says waits for the splice. */
record UpstreamLink(Channel channel, UpstreamSession session) {

  /** The same, watched or not. */
  UpstreamLink watched(boolean isToBe) {
    return new UpstreamLink(channel, session.watched(isToBe));
  }
}
