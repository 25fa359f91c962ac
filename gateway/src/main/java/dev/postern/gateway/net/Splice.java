package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.observe.Direction;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Optional;

/**
 * The hand-over, in one class and one moment. Before it two dialogues speak, after it two relays
 * copy, and no code leads back.
 *
 * <p>The order matters, and all of it happens in one go on the one event loop of both channels:
 *
 * <ol>
 *   <li>our last line to the client is written, so that nothing of the upstream can overtake it;
 *   <li>the relays go in, with a tap before each if the session is watched;
 *   <li>the login handlers go out; the bytes they still hold flow on into the relays, those of the
 *       upstream behind its consent, which were said first, then those of the client behind its
 *       login; with them go dialogues, decoders and timers of the login;
 *   <li>the limit on silence starts, and both sides are read again.
 * </ol>
 */
final class Splice {
  private Splice() {}

  /**
   * Joins two channels on one event loop.
   *
   * @param lastWord our reply to the client's login
   * @param tap watches the session
   */
  static void join(
      Channel front,
      Channel upstream,
      ByteBuf lastWord,
      SessionTrail trail,
      RelayLimits limits,
      Optional<Tap> tap) {
    RelaySession session = new RelaySession(front, upstream, trail, limits);
    session.start();
    ConnectionCaps.loggedIn(front);
    ReadSize.loggedIn(front);
    front.write(lastWord);
    tap.ifPresent(watcher -> watch(watcher, front, upstream, session));
    front.pipeline().addLast(HandlerNames.RELAY, new Relay(Direction.UP, front, upstream, session));
    upstream
        .pipeline()
        .addLast(HandlerNames.RELAY, new Relay(Direction.DOWN, upstream, front, session));
    upstream.pipeline().remove(HandlerNames.LOGIN);
    front.pipeline().remove(HandlerNames.LOGIN);
    front.flush();
    upstream.flush();
    session.pace(Direction.UP);
    session.pace(Direction.DOWN);
  }

  private static void watch(Tap tap, Channel front, Channel upstream, RelaySession session) {
    ClientTap client = new ClientTap(tap, upstream, session);
    front.pipeline().addLast(HandlerNames.TAP, client);
    upstream.pipeline().addLast(HandlerNames.TAP, new UpstreamTap(tap, client, session));
  }
}
