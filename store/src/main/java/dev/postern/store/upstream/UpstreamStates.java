package dev.postern.store.upstream;

import java.time.Instant;
import java.util.List;

/** How upstreams do, as the running nodes find them. Safe for use by several threads. */
public interface UpstreamStates {

  /**
   * From now on {@code report} is asked every few seconds, on a thread of the store's, and what it
   * says is shown to all nodes until this one leaves. Returns at once. Of a process that is no node
   * nothing is shown.
   */
  void report(UpstreamReport report);

  /**
   * Of all nodes that live, by upstream, protocol and node. Blocks on the database.
   *
   * @throws dev.postern.store.StoreException if the database does not answer
   */
  List<AtNode> list();

  /**
   * How a node finds an upstream.
   *
   * @param node its name
   * @param nodeId of this start of it
   * @param sessions open there
   * @param seenAt when the node said so, by the database's clock
   */
  record AtNode(String node, String nodeId, UpstreamState state, int sessions, Instant seenAt) {}
}
