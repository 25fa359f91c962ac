package dev.postern.gateway;

/**
 * The gateway cannot start: a port is taken, a certificate cannot be read. The message says what
 * and where, {@link #remedy()} what to do.
 */
public final class GatewayException extends RuntimeException {
  private final String remedy;

  public GatewayException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  public String remedy() {
    return remedy;
  }
}
