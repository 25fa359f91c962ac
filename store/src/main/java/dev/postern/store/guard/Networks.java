package dev.postern.store.guard;

import java.net.InetAddress;

/** What is known of client addresses. Safe for use by several threads; cheap: never blocks. */
public interface Networks {

  NetworkStanding standing(InetAddress address);
}
