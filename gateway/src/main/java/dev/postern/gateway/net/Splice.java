package dev.postern.gateway.net;

import dev.postern.gateway.observe.Direction;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * The hand-over, in one class and one moment. Before it two dialogues speak, after it two relays
 * copy, and no code leads back.
 *
 * <p>The order matters, and all of it happens in one go on the one event loop of both channels:
 *
 * <ol>
 *   <li>our last line to the client is written, so that nothing of the upstream can overtake it;
 *   <li>the relays go in;
 *   <li>the login handlers go out; the bytes they still hold flow on into the relays, those of the
 *       client behind its login, those of the upstream behind its consent; with them go dialogues,
 *       decoders and timers of the login;
 *   <li>the limit on silence starts, and both sides are read again.
 * </ol>
 */
final class Splice {
  private Splice() {}

  /**
   * Joins two channels on one event loop.
   *
   * @param lastWord our reply to the client's login
   */
  static void join(
      Channel front, Channel upstream, ByteBuf lastWord, SessionTrail trail, RelayLimits limits) {
    RelaySession session = new RelaySession(front, upstream, trail, limits);
    session.start();
    front.write(lastWord);
    front.pipeline().addLast(HandlerNames.RELAY, new Relay(Direction.UP, front, upstream, session));
    upstream
        .pipeline()
        .addLast(HandlerNames.RELAY, new Relay(Direction.DOWN, upstream, front, session));
    front.pipeline().remove(HandlerNames.LOGIN);
    upstream.pipeline().remove(HandlerNames.LOGIN);
    front.flush();
    upstream.flush();
    front.config().setAutoRead(upstream.isWritable());
    upstream.config().setAutoRead(front.isWritable());
  }
}
