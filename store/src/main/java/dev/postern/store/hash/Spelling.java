package dev.postern.store.hash;

import dev.postern.store.hash.SlowHash.Parsed;
import dev.postern.store.hash.SlowHash.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How other systems write their hashes: {@code {SCHEME}} or {@code {SCHEME.ENCODING}} of Dovecot
 * and mailcow before the hash, or the hash alone as Mailu (passlib) and WildDuck (Node) keep it.
 * What a scheme is followed by is read in {@link CryptText}.
 */
final class Spelling {
  private static final Pattern SCHEME =
      Pattern.compile("\\{([A-Za-z0-9-]{1,32})(?:\\.([A-Za-z0-9]{1,8}))?\\}(.*)", Pattern.DOTALL);

  /** Longest salt of a salted SHA, in bytes. */
  private static final int LONGEST_SALT = 64;

  private Spelling() {}

  static Parsed read(String text) {
    if (text.isEmpty()) {
      return refused(Refusal.EMPTY);
    }
    if (text.length() > SlowHash.LONGEST) {
      return refused(Refusal.TOO_LONG);
    }
    Matcher matcher = SCHEME.matcher(text);
    if (!matcher.matches()) {
      return withoutScheme(text);
    }
    String scheme = matcher.group(1).toUpperCase(Locale.ROOT);
    Optional<Encoding> encoding = Encoding.named(matcher.group(2));
    return encoding.isEmpty()
        ? refused(Refusal.MALFORMED)
        : withScheme(scheme, encoding.get(), matcher.group(3));
  }

  private static Parsed withScheme(String scheme, Encoding encoding, String body) {
    return switch (scheme) {
      case "PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-TRUNC" -> refused(Refusal.REVERSIBLE);
      case "CRAM-MD5",
          "HMAC-MD5",
          "DIGEST-MD5",
          "SCRAM-SHA-1",
          "SCRAM-SHA-256",
          "OTP",
          "SKEY",
          "RPA" ->
          refused(Refusal.CHALLENGE_RESPONSE);
      case "MD5",
          "MD5-CRYPT",
          "PLAIN-MD4",
          "PLAIN-MD5",
          "LDAP-MD5",
          "SMD5",
          "DES-CRYPT",
          "NTLM",
          "LANMAN",
          "LM" ->
          refused(Refusal.BROKEN);
      case "CRYPT" -> encoding.text(body).map(Spelling::withoutScheme).orElseGet(Spelling::bad);
      case "BLF-CRYPT" -> crypt(encoding, body, "$2");
      case "SHA256-CRYPT" -> crypt(encoding, body, "$5$");
      case "SHA512-CRYPT" -> crypt(encoding, body, "$6$");
      case "ARGON2", "ARGON2I", "ARGON2ID" -> crypt(encoding, body, "$argon2");
      case "PBKDF2" ->
          encoding
              .text(body)
              .map(text ->
                  text.startsWith("$1$") ? CryptText.dovecotPbkdf2(text) : only("$pbkdf2", text))
              .orElseGet(Spelling::bad);
      case "PBKDF2-SHA1", "PBKDF2-SHA256", "PBKDF2-SHA512" ->
          CryptText.read("$" + scheme.toLowerCase(Locale.ROOT) + "$" + body);
      case "SHA", "SHA1" -> sha(ShaFamily.SHA1, encoding, body);
      case "SHA256" -> sha(ShaFamily.SHA256, encoding, body);
      case "SHA512" -> sha(ShaFamily.SHA512, encoding, body);
      case "SSHA" -> saltedSha(ShaFamily.SHA1, encoding, body);
      case "SSHA256" -> saltedSha(ShaFamily.SHA256, encoding, body);
      case "SSHA512" -> saltedSha(ShaFamily.SHA512, encoding, body);
      default -> refused(Refusal.UNKNOWN_SCHEME);
    };
  }

  private static Parsed withoutScheme(String text) {
    if (text.startsWith("$")) {
      return CryptText.read(text);
    }
    return refused(
        text.startsWith("!") || text.startsWith("*") ? Refusal.LOCKED : Refusal.UNKNOWN_SCHEME);
  }

  private static Parsed crypt(Encoding encoding, String body, String start) {
    return encoding.text(body).map(text -> only(start, text)).orElseGet(Spelling::bad);
  }

  private static Parsed only(String start, String text) {
    return text.startsWith(start) ? CryptText.read(text) : bad();
  }

  private static Parsed sha(ShaFamily family, Encoding encoding, String body) {
    // Dovecot takes hexadecimal digits without being told when their number is right.
    Encoding meant =
        encoding == Encoding.NONE && body.length() == 2 * family.length() ? Encoding.HEX : encoding;
    return meant
        .bytes(body)
        .filter(bytes -> bytes.length == family.length())
        .<Parsed>map(bytes -> new Parsed.Known(new ShaHash(family, new byte[0], bytes)))
        .orElseGet(Spelling::bad);
  }

  private static Parsed saltedSha(ShaFamily family, Encoding encoding, String body) {
    return encoding
        .bytes(body)
        .filter(bytes ->
            bytes.length > family.length() && bytes.length <= family.length() + LONGEST_SALT)
        .<Parsed>map(bytes ->
            new Parsed.Known(
                new ShaHash(
                    family,
                    Arrays.copyOfRange(bytes, family.length(), bytes.length),
                    Arrays.copyOf(bytes, family.length()))))
        .orElseGet(Spelling::bad);
  }

  private static Parsed bad() {
    return refused(Refusal.MALFORMED);
  }

  private static Parsed refused(Refusal why) {
    return new Parsed.Refused(why);
  }

  /** What stands behind the dot of a scheme. */
  private enum Encoding {
    /** Base64 for bytes, nothing for text. */
    NONE,
    BASE64,
    HEX;

    static Optional<Encoding> named(@Nullable String name) {
      return name == null
          ? Optional.of(NONE)
          : switch (name.toUpperCase(Locale.ROOT)) {
            case "B64", "BASE64" -> Optional.of(BASE64);
            case "HEX" -> Optional.of(HEX);
            default -> Optional.empty();
          };
    }

    Optional<byte[]> bytes(String body) {
      try {
        return Optional.of(
            switch (this) {
              case NONE, BASE64 -> Base64.getDecoder().decode(body);
              case HEX -> HexFormat.of().parseHex(body);
            });
      } catch (IllegalArgumentException _) {
        return Optional.empty();
      }
    }

    Optional<String> text(String body) {
      return this == NONE
          ? Optional.of(body)
          : bytes(body).map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }
}
