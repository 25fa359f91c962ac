package dev.postern.gateway.pop3;

import java.util.Optional;

/**
 * What is known of a client.
 *
 * @param user what USER said, for one PASS
 */
record Pop3Client(Optional<String> user) {
  static final Pop3Client NAMELESS = new Pop3Client(Optional.empty());

  static Pop3Client named(String user) {
    return new Pop3Client(Optional.of(user));
  }
}
