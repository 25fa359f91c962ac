package dev.postern.store.oauth;

import java.net.URI;
import java.util.Optional;

/** Where a provider hands out tokens. */
public sealed interface Provider {

  /**
   * At known places.
   *
   * @param authorization where a person is sent for consent
   * @param device where a code for a person is had
   */
  record Known(URI token, Optional<URI> authorization, Optional<URI> device) implements Provider {}

  /** At those that its discovery document names, OpenID Connect Discovery 1.0 §4. */
  record Discovered(URI issuer) implements Provider {}
}
