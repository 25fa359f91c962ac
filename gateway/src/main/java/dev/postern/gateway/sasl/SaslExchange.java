package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;

/**
 * The server side of one SASL exchange, over any protocol. Pure and total: no input makes it throw.
 * Used once, by one thread; after {@link SaslStep.Complete}, {@link SaslStep.Delegation}, {@link
 * SaslStep.Malformed} and {@link SaslStep.Cancelled} it answers {@link SaslStep.Malformed}.
 */
public interface SaslExchange {

  /** Begins without an initial response. */
  SaslStep begin();

  /**
   * The client's next response, or its initial one.
   *
   * @param response base64 text as it stood on the line, without line end; {@code *} cancels,
   *     {@code =} is empty (as an initial response). The exchange takes it over and wipes it.
   */
  SaslStep respond(Secret response);
}
