package dev.postern.admin;

import java.nio.file.Path;
import java.util.Optional;

/** What an HTTP listener speaks on its connections. */
public sealed interface HttpSecurity {

  /**
   * No TLS.
   *
   * @param isAnywhere whether also at addresses that other machines reach, where a proxy in front
   *     speaks TLS; else loopback alone
   */
  record Clear(boolean isAnywhere) implements HttpSecurity {}

  /**
   * TLS 1.3 and 1.2, from the first byte. The files are PEM, and read again when they change.
   *
   * @param certificate the listener's own and its chain
   * @param privateKey of that certificate
   * @param clientCa whose certificates clients must show one of; empty: none is asked for
   * @param takesTls12 whether 1.2 is spoken beside 1.3
   */
  record Tls(Path certificate, Path privateKey, Optional<Path> clientCa, boolean takesTls12)
      implements HttpSecurity {}

  /** Whether that is TLS. */
  default boolean isTls() {
    return switch (this) {
      case Tls _ -> true;
      case Clear _ -> false;
    };
  }
}
