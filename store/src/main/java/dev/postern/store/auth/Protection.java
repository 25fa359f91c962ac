package dev.postern.store.auth;

import java.util.Optional;
import java.util.stream.Stream;

/** What protected a login between the client and us. */
public enum Protection {
  /** Nothing: everybody on the way could read the secret. */
  CLEAR("clear"),
  TLS_1_0("TLSv1"),
  TLS_1_1("TLSv1.1"),
  TLS_1_2("TLSv1.2"),
  TLS_1_3("TLSv1.3");

  private final String word;

  Protection(String word) {
    this.word = word;
  }

  /** {@code clear}, or the protocol's name as TLS libraries spell it: {@code TLSv1.3}. */
  public String word() {
    return word;
  }

  /** TLS, but of a version that RFC 8996 has retired. */
  public boolean isLegacyTls() {
    return switch (this) {
      case TLS_1_0, TLS_1_1 -> true;
      case CLEAR, TLS_1_2, TLS_1_3 -> false;
    };
  }

  /** The one with this word. */
  public static Optional<Protection> ofWord(String word) {
    return Stream.of(values()).filter(protection -> protection.word.equals(word)).findFirst();
  }
}
