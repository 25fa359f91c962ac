package dev.postern.store.guard;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.Cidr;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The networks that people have banned or exempted, in the database and so on every node. They may
 * overlap: of those that hold an address the narrowest decides, of two for the same network the one
 * that allows. Blocks on the database: never called on an event loop.
 */
public interface Bans {
  /** Most at once. */
  int MOST = 10_000;

  /**
   * Those that hold now, in the order of their addresses.
   *
   * @throws RefusedException {@code STATE} if somebody else has written so many rows that not all
   *     of them can be read, or has put back more old ones than there can be
   */
  List<Ban> list();

  /**
   * Bans a network, or exempts it; over what was said of the same kind about the same network
   * before.
   *
   * @param endsAt when it ends by itself; empty: never
   * @param reason for people, perhaps empty; at most 200 characters
   * @throws RefusedException {@code LIMIT} if there are {@value #MOST} already; {@code INVALID} if
   *     it would end before it begins, or the reason is too long or no line of text; {@code STATE}
   *     as {@link #list}
   */
  Ban add(Cidr network, Ban.Kind kind, Optional<Instant> endsAt, String reason, Actor actor);

  /**
   * Takes back what was said about just that network, of both kinds, also where somebody else than
   * Postern wrote it.
   *
   * @return what held, or would have; nothing of what was not genuine
   * @throws RefusedException {@code NOT_FOUND} if nothing was
   */
  List<Ban> remove(Cidr network, Actor actor);
}
