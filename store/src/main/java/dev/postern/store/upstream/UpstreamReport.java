package dev.postern.store.upstream;

import java.util.List;

/** Knows how a node finds its upstreams. */
@FunctionalInterface
public interface UpstreamReport {

  /** One state for each upstream and protocol, as of now. Must return quickly. */
  List<UpstreamState> now();
}
