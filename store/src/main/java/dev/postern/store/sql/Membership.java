package dev.postern.store.sql;

import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.LiveNode;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This process among the running nodes: its heartbeat, if it is one, and who else is there. */
final class Membership implements OwnNode {
  static final int BEAT_SECONDS = 5;
  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  private final Database database;
  private final Writes writes;
  private final KeyRing ring;
  private final String id;
  private volatile Optional<Self> self = Optional.empty();
  private volatile Optional<Instant> drainingSince = Optional.empty();
  private volatile int liveNodes = 1;

  private record Self(String name, Instant startedAt) {}

  Membership(Database database, Writes writes, KeyRing ring, RandomGenerator random) {
    this.database = database;
    this.writes = writes;
    this.ring = ring;
    byte[] bytes = new byte[8];
    random.nextBytes(bytes);
    this.id = HexFormat.of().formatHex(bytes);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public boolean isCalled(String nameOrId) {
    return nameOrId.equals(id) || self.map(me -> me.name().equals(nameOrId)).orElse(false);
  }

  /** {@inheritDoc} As of the last heartbeat. */
  @Override
  public int liveNodes() {
    return liveNodes;
  }

  @Override
  public boolean isNode() {
    return self.isPresent();
  }

  /** Becomes a node. */
  void join(String name) {
    self = Optional.of(new Self(name, writes.now()));
    beat();
  }

  /** Says that this node lives, if it is one. */
  void beat() {
    self.ifPresent(me ->
        liveNodes =
            writes.run((handle, _) -> {
              NodeTable.beat(
                  handle,
                  writes.dialect(),
                  new LiveNode(
                      id,
                      me.name(),
                      me.startedAt(),
                      Set.copyOf(ring.held().names()),
                      active(),
                      drainingSince));
              long takingLogins =
                  NodeTable.live(handle, writes.dialect()).stream()
                      .filter(node -> node.drainingSince().isEmpty() || node.id().equals(id))
                      .count();
              return (int) Math.max(1, takingLogins);
            }));
  }

  /** Counts for the others no more, and says so at the next {@link #beat}; counts itself. */
  void drain() {
    drainingSince = Optional.of(writes.now());
  }

  boolean isDraining() {
    return drainingSince.isPresent();
  }

  /** Is not a node any more. */
  void leave() {
    Optional<Self> me = self;
    self = Optional.empty();
    try {
      me.ifPresent(_ ->
          writes.run((handle, _) -> {
            NodeTable.leave(handle, id);
            return true;
          }));
    } catch (RuntimeException e) {
      log.debug("this node's row stays until it is old", e);
    }
  }

  /** All that live, by name. */
  List<LiveNode> nodes() {
    return database.read(handle -> NodeTable.live(handle, database.dialect()));
  }

  /** Names of the others that do not hold a key. */
  List<String> othersLacking(KeyKind kind, String keyId) {
    return nodes().stream()
        .filter(node -> !node.id().equals(id))
        .filter(node -> !node.held().contains(RingRow.name(kind, keyId)))
        .map(LiveNode::name)
        .toList();
  }

  private Set<String> active() {
    return Stream.of(KeyKind.values())
        .map(kind -> RingRow.name(kind, ring.active(kind)))
        .collect(Collectors.toSet());
  }
}
