package dev.postern.admin;

/**
 * The admin server cannot start: a port is taken, an address is not this machine's or not loopback.
 * The message says what and where, {@link #remedy()} what to do.
 */
public final class AdminException extends RuntimeException {
  private final String remedy;

  public AdminException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  public AdminException(String message, String remedy, Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  public String remedy() {
    return remedy;
  }
}
