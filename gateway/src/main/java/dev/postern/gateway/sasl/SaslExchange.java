package dev.postern.gateway.sasl;

/**
 * The server side of one SASL exchange, over any protocol. Pure and total: no input makes it throw.
 * Used once.
 */
public interface SaslExchange {

  /** Begins without an initial response. */
  SaslStep begin();

  /**
   * The client's next response, or its initial one.
   *
   * @param response base64 text as it stood on the line, without line end; {@code *} cancels,
   *     {@code =} is empty (as an initial response)
   */
  SaslStep respond(String response);
}
