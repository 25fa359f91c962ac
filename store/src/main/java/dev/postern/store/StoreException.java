package dev.postern.store;

/**
 * The store cannot be opened or reached: a missing file, a wrong password, an older schema, a key
 * that the data needs. The message says what and where, {@link #remedy()} what to do; neither holds
 * a secret.
 */
public final class StoreException extends RuntimeException {
  private final String remedy;

  public StoreException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  public StoreException(String message, String remedy, Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  public String remedy() {
    return remedy;
  }
}
