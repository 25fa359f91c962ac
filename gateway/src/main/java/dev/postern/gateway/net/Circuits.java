package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Endpoint;
import io.netty.util.concurrent.Ticker;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The circuit of each host and port that logins go to; outlives what one reading of the
 * configuration made. Safe for use by several threads.
 */
public final class Circuits {
  private final Ticker ticker;
  private final RandomGenerator random;
  private final Map<Place, Circuit> circuits = new ConcurrentHashMap<>();

  private record Place(String host, int port) {
    static Place of(Endpoint endpoint) {
      return new Place(endpoint.host(), endpoint.port());
    }
  }

  /**
   * @param random for the length of pauses; safe for use by several threads
   */
  public Circuits(Ticker ticker, RandomGenerator random) {
    this.ticker = ticker;
    this.random = random;
  }

  /** The same one for all endpoints at one host and port. */
  Circuit at(Endpoint endpoint) {
    return circuits.computeIfAbsent(Place.of(endpoint), _ -> new Circuit(ticker, random));
  }

  /** Forgets all others. */
  void keepOnly(Collection<Endpoint> endpoints) {
    Set<Place> kept = endpoints.stream().map(Place::of).collect(Collectors.toSet());
    circuits.keySet().retainAll(kept);
  }

  int size() {
    return circuits.size();
  }
}
