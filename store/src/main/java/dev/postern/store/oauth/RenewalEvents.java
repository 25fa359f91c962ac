package dev.postern.store.oauth;

/** Learns what became of requests to providers; for metrics. Called by any thread. */
public interface RenewalEvents {

  /**
   * A provider was asked for a token.
   *
   * @param outcome {@code renewed}, or the word of a {@link TokenTrouble.Kind}
   */
  void renewed(String upstream, String outcome);
}
