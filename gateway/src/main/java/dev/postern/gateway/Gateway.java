package dev.postern.gateway;

import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A running gateway: its listeners, its sessions, its view of the upstreams. Made by {@code
 * GatewayStarter}.
 */
public interface Gateway extends AutoCloseable {

  /** The listeners as bound, in the configuration's order. */
  List<Bound> listeners();

  /** What is known of each upstream endpoint, from probes and logins. */
  List<UpstreamHealth> upstreams();

  /**
   * Stops listening, says goodbye to clients that are not logged in, ends sessions; returns when
   * all is closed.
   */
  @Override
  void close();

  /** A listener and the address it got. */
  record Bound(GatewayConfig.Listener listener, InetSocketAddress address) {}

  /**
   * An upstream endpoint's state.
   *
   * @param isUp whether the last probe or login reached it; true before the first
   * @param detail why not, for operators; empty if it is up
   */
  record UpstreamHealth(String upstream, Scope protocol, boolean isUp, String detail) {}
}
