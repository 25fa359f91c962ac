package dev.postern.store.guard;

import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What people say of networks, from the configuration and from the database, as this node has heard
 * of it last. Asking is cheap and never blocks, and needs no database: what has ended by its date
 * ends here. Safe for use by several threads.
 */
public final class BanList {
  private final InstantSource clock;
  private List<Ban> configured = List.of();
  private List<Ban> stored = List.of();
  private volatile NetworkTable table = NetworkTable.EMPTY;

  public BanList(InstantSource clock) {
    this.clock = clock;
  }

  /** Takes the lists of the configuration, in place of those from before. */
  public synchronized void configure(List<Cidr> allow, List<Cidr> deny) {
    List<Ban> bans = new ArrayList<>();
    allow.forEach(network -> bans.add(lasting(network, Ban.Kind.ALLOW)));
    deny.forEach(network -> bans.add(lasting(network, Ban.Kind.DENY)));
    configured = bans;
    rebuild();
  }

  /** Takes what the database says, in place of what it said before. */
  public synchronized void store(List<Ban> bans) {
    stored = List.copyOf(bans);
    rebuild();
  }

  public boolean isDenied(InetAddress address) {
    return find(address) == Ban.Kind.DENY;
  }

  public boolean isAllowed(InetAddress address) {
    return find(address) == Ban.Kind.ALLOW;
  }

  /** The same with what is known of logins. */
  public Networks with(KnownNetworks known) {
    return address ->
        switch (find(address)) {
          case DENY -> NetworkStanding.DENIED;
          case ALLOW -> NetworkStanding.ALLOWED;
          case null -> known.isKnown(address) ? NetworkStanding.KNOWN : NetworkStanding.UNKNOWN;
        };
  }

  private Ban.@Nullable Kind find(InetAddress address) {
    return table.find(address, clock.millis());
  }

  private void rebuild() {
    List<Ban> all = new ArrayList<>(configured);
    all.addAll(stored);
    table = NetworkTable.of(all);
  }

  private static Ban lasting(Cidr network, Ban.Kind kind) {
    return new Ban(network, kind, "", Instant.EPOCH, "configuration", Optional.empty());
  }
}
