package dev.postern.deploy.config;

import dev.postern.store.oauth.SigningKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A PEM file with the private key that signs tokens, RFC 7468. */
final class SigningKeyFile {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END");
  private static final List<String> KINDS = List.of("EC", "RSA");
  private static final String REMEDY =
      "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE";

  private SigningKeyFile() {}

  /**
   * Reads it.
   *
   * @param id what the servers call it; empty: its thumbprint
   */
  static SigningKey read(Path file, Optional<String> id) throws BadValue {
    byte[] content = References.read(file);
    Matcher pem = KEY.matcher(new String(content, StandardCharsets.ISO_8859_1));
    Arrays.fill(content, (byte) 0);
    if (!pem.find()) {
      throw new BadValue(file + " holds no private key", REMEDY);
    }
    if (!pem.group(1).isEmpty()) {
      throw new BadValue(
          file + " holds a key of the kind " + pem.group(1) + "PRIVATE KEY",
          "give an unencrypted PKCS#8 key; openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW makes"
              + " one");
    }
    try {
      return SigningKey.of(privateKey(file, pem.group(2)), id);
    } catch (InvalidKeyException unfit) {
      throw new BadValue(file + " " + unfit.getMessage(), REMEDY);
    }
  }

  private static PrivateKey privateKey(Path file, String base64) throws BadValue {
    for (String kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind)
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
      } catch (GeneralSecurityException | IllegalArgumentException _) {
        // Perhaps it is of the other kind.
      }
    }
    throw new BadValue(file + " holds no key for EC or RSA", REMEDY);
  }
}
