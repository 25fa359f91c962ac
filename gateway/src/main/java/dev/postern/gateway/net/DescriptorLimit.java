package dev.postern.gateway.net;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.postern.gateway.Caps;
import dev.postern.gateway.net.ConnectionCaps.Places;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many connections the descriptors of this process are enough for. */
public final class DescriptorLimit {
  private static final Logger LOG = LoggerFactory.getLogger(DescriptorLimit.class);

  /** A session has two connections: to its client and to its upstream. */
  private static final int EACH = 2;

  /** For the database, files, listeners, and those that are told that there is no room. */
  private static final int LARGEST_RESERVE = 512;

  private static final int SMALL = 4096;
  private static final int FEWEST = 16;

  /** Where nobody can say. */
  private static final long USUAL = 65_536;

  private DescriptorLimit() {}

  /** Of this process. */
  public static long ofProcess() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : USUAL;
  }

  /** The places that {@code caps} ask for, or as many as {@code descriptors} are enough for. */
  static Places places(Caps caps, long descriptors) {
    long reserve = Math.min(LARGEST_RESERVE, descriptors / 4);
    int auto = Math.clamp((descriptors - reserve) / EACH, FEWEST, Integer.MAX_VALUE);
    int total = caps.total().orElse(auto);
    int beforeLogin = Math.min(caps.beforeLogin().orElse((total + 1) / 2), total);
    return new Places(total, beforeLogin);
  }

  /** The same, and says so in the log, with what is wrong with the limit if something is. */
  public static Places announced(Caps caps, long descriptors) {
    Places places = places(caps, descriptors);
    LOG.info(
        "room for {} connections, {} of them before the login; descriptor limit {}",
        places.total(),
        places.beforeLogin(),
        descriptors);
    String remedy = "set LimitNOFILE=65536 in the systemd unit, or ulimit -n for a shell";
    if (EACH * (long) places.total() > descriptors) {
      LOG.warn(
          "guard.sessions.total is {}, but the descriptor limit of {} is enough for {} sessions: lower it, or {}",
          places.total(),
          descriptors,
          descriptors / EACH,
          remedy);
    } else if (descriptors < SMALL) {
      LOG.warn("the descriptor limit of {} is small for a mail gateway: {}", descriptors, remedy);
    }
    return places;
  }
}
