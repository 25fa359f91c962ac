package dev.postern.deploy.config;

import dev.postern.gateway.LoginMethod;
import dev.postern.store.oauth.SigningKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads an upstream's {@code login} of the method {@code signed-token}. */
final class SignedTokenReader {
  private final References references;
  private final String serverName;

  /**
   * @param serverName the issuer of tokens where none is named
   */
  SignedTokenReader(References references, String serverName) {
    this.references = references;
    this.serverName = serverName;
  }

  /** Empty if there is no key to sign with, which was reported. */
  Optional<LoginMethod> read(Section login) {
    login.require("key", "name the PEM file with the private key that signs");
    Optional<String> id = login.optional("key-id", SignedTokenReader::keyId);
    Optional<SigningKey> key =
        login.optional(
            "key", text -> SigningKeyFile.read(Values.privateFile(references).read(text), id));
    List<Path> files = login.optional("key", references::path).stream().toList();
    String issuer = login.withDefault("issuer", SignedTokenReader::word, serverName);
    Optional<String> audience = login.optional("audience", SignedTokenReader::word);
    if (key.isEmpty()) {
      // Nobody reads it then; it is known all the same.
      var _ = login.has("shared-with");
    }
    return key.map(signer -> new LoginMethod.SignedToken(signer, issuer, audience, files));
  }

  /** Servers keep the key in a file, or under a key of a table, that is called so. */
  private static String keyId(String text) throws BadValue {
    if (!text.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new BadValue(
          "\"" + text + "\" is no id of a key",
          "use 1 to 64 letters, digits, hyphens, underscores");
    }
    return text;
  }

  /** Dovecot's settings are lists with spaces between. */
  private static String word(String text) throws BadValue {
    if (!text.matches("[!-~]{1,255}")) {
      throw new BadValue(
          "\"" + text + "\" is not one word",
          "write up to 255 visible characters without a space, such as https://mail.example.com");
    }
    return text;
  }
}
