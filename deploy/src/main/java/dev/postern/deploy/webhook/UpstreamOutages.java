package dev.postern.deploy.webhook;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.store.auth.Scope;
import dev.postern.store.event.SiteEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which upstreams this node has not reached for long enough to tell somebody. Used by one thread.
 */
final class UpstreamOutages {
  /** A restart of an upstream is nothing to wake people for. */
  static final Duration LONG_ENOUGH = Duration.ofSeconds(10);

  private final String node;
  private Map<Place, Outage> outages = Map.of();

  private record Place(String upstream, Scope protocol) {}

  private record Outage(long since, boolean isTold) {}

  /**
   * @param node as operators call this process
   */
  UpstreamOutages(String node) {
    this.node = node;
  }

  /**
   * What there is to tell since the last look. Of endpoints that are not there any more nothing is.
   *
   * @param nanos of a clock that never goes back
   */
  List<SiteEvent> look(List<UpstreamHealth> healths, long nanos, Instant now) {
    List<SiteEvent> events = new ArrayList<>();
    Map<Place, Outage> next = new HashMap<>();
    for (UpstreamHealth health : healths) {
      Place place = new Place(health.upstream(), health.protocol());
      Outage known = outages.getOrDefault(place, new Outage(nanos, false));
      Duration length = Duration.ofNanos(nanos - known.since);
      String protocol = health.protocol().word();
      if (!health.isUp()) {
        boolean isDue = !known.isTold && length.compareTo(LONG_ENOUGH) >= 0;
        if (isDue) {
          events.add(
              new SiteEvent.UpstreamDown(now, node, health.upstream(), protocol, health.detail()));
        }
        next.put(place, new Outage(known.since, known.isTold || isDue));
      } else if (known.isTold) {
        events.add(new SiteEvent.UpstreamUp(now, node, health.upstream(), protocol, length));
      }
    }
    outages = next;
    return events;
  }
}
