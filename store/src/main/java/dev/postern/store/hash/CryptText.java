package dev.postern.store.hash;

import dev.postern.store.hash.SlowHash.Parsed;
import dev.postern.store.hash.SlowHash.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes that begin with {@code $ID$}: crypt(3), PHC strings, passlib. Bounds what they ask for
 * before anybody does what they ask.
 */
final class CryptText {
  /** KiB. */
  static final long MOST_MEMORY = 256 * 1024;

  static final long MOST_PASSES = 10;
  static final long MOST_LANES = 4;

  /** KiB times passes: about one and a half seconds of a core. */
  static final long MOST_MEMORY_PASSES = 4 * MOST_MEMORY;

  static final int MOST_BCRYPT_COST = 14;
  static final long MOST_ITERATIONS = 2_000_000;
  static final long MOST_ROUNDS = 1_000_000;

  /** Bytes; fewer would make guessing the hash easier than guessing the password. */
  private static final int SHORTEST_HASH = 16;

  private static final int LONGEST_HASH = 64;
  private static final int LONGEST_SALT = 128;

  private static final Pattern ID = Pattern.compile("\\$([a-z0-9-]{1,32})\\$.*", Pattern.DOTALL);
  private static final Pattern ARGON2 =
      Pattern.compile(
          "\\$argon2(id|i|d)(?:\\$v=([0-9]{1,3}))?\\$m=([0-9]{1,10}),t=([0-9]{1,10}),"
              + "p=([0-9]{1,10})\\$([A-Za-z0-9+/]+={0,2})\\$([A-Za-z0-9+/]+={0,2})");
  private static final Pattern BCRYPT =
      Pattern.compile("\\$2[aby]\\$([0-9]{2})\\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})");
  private static final Pattern BCRYPT_SHA256 =
      Pattern.compile(
          "\\$bcrypt-sha256\\$(?:(v=2),t=2b,r=|2[ab],)([0-9]{1,2})"
              + "\\$([./A-Za-z0-9]{22})\\$([./A-Za-z0-9]{31})");
  private static final Pattern SHA_CRYPT =
      Pattern.compile(
          "(\\$([56])\\$(?:rounds=([0-9]{1,10})\\$)?[./A-Za-z0-9]{1,16})\\$"
              + "([./A-Za-z0-9]{43}|[./A-Za-z0-9]{86})");
  private static final Pattern PBKDF2_PASSLIB =
      Pattern.compile(
          "\\$pbkdf2(?:-(sha1|sha256|sha512))?\\$([0-9]{1,10})"
              + "\\$([./A-Za-z0-9]*)\\$([./A-Za-z0-9]+)");
  private static final Pattern PBKDF2_PHC =
      Pattern.compile(
          "\\$pbkdf2-(sha1|sha256|sha512)\\$i=([0-9]{1,10})(?:,l=[0-9]{1,4})?"
              + "\\$([A-Za-z0-9+/]+={0,2})\\$([A-Za-z0-9+/]+={0,2})");
  private static final Pattern PBKDF2_DOVECOT =
      Pattern.compile("\\$1\\$([!-#%-~]{1,64})\\$([0-9]{1,10})\\$([0-9a-fA-F]{40})");

  private CryptText() {}

  static Parsed read(String text) {
    Matcher id = ID.matcher(text);
    if (!id.matches()) {
      return bad();
    }
    return switch (id.group(1)) {
      case "argon2id", "argon2i", "argon2d" -> argon2(text);
      case "2a", "2b", "2y" -> bcrypt(text);
      case "bcrypt-sha256" -> bcryptSha256(text);
      case "5", "6" -> shaCrypt(text);
      case "pbkdf2", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512" -> pbkdf2(text);
      case "1", "apr1", "md5", "3", "nt" -> refused(Refusal.BROKEN);
      default -> refused(Refusal.UNKNOWN_SCHEME);
    };
  }

  private static Parsed argon2(String text) {
    Matcher matcher = ARGON2.matcher(text);
    if (!matcher.matches()) {
      return bad();
    }
    int type =
        switch (matcher.group(1)) {
          case "id" -> Argon2Parameters.ARGON2_id;
          case "i" -> Argon2Parameters.ARGON2_i;
          default -> Argon2Parameters.ARGON2_d;
        };
    String version = matcher.group(2);
    long memory = Long.parseLong(matcher.group(3));
    long passes = Long.parseLong(matcher.group(4));
    long lanes = Long.parseLong(matcher.group(5));
    Optional<byte[]> salt = RadixText.STANDARD.decode(matcher.group(6));
    Optional<byte[]> hash = RadixText.STANDARD.decode(matcher.group(7));
    // Strings without a version are older than its second one.
    boolean isOld = version == null || version.equals("16");
    if (!isOld && !version.equals("19")) {
      return bad();
    }
    if (memory > MOST_MEMORY
        || passes > MOST_PASSES
        || lanes > MOST_LANES
        || memory * passes > MOST_MEMORY_PASSES) {
      return refused(Refusal.TOO_COSTLY);
    }
    if (passes < 1
        || lanes < 1
        || memory < 8 * lanes
        || !isWithin(salt, 8, LONGEST_SALT)
        || !isWithin(hash, SHORTEST_HASH, LONGEST_HASH)) {
      return bad();
    }
    return new Parsed.Known(
        new Argon2Hash(
            type,
            isOld ? Argon2Parameters.ARGON2_VERSION_10 : Argon2Parameters.ARGON2_VERSION_13,
            (int) memory,
            (int) passes,
            (int) lanes,
            salt.get(),
            hash.get()));
  }

  private static Parsed bcrypt(String text) {
    Matcher matcher = BCRYPT.matcher(text);
    return matcher.matches()
        ? bcrypt(BcryptHash.Before.NOTHING, matcher.group(1), matcher.group(2), matcher.group(3))
        : bad();
  }

  private static Parsed bcryptSha256(String text) {
    Matcher matcher = BCRYPT_SHA256.matcher(text);
    if (!matcher.matches()) {
      return bad();
    }
    BcryptHash.Before before =
        matcher.group(1) == null ? BcryptHash.Before.SHA256 : BcryptHash.Before.HMAC_SHA256;
    return bcrypt(before, matcher.group(2), matcher.group(3), matcher.group(4));
  }

  private static Parsed bcrypt(
      BcryptHash.Before before, String cost, String saltText, String hashText) {
    int rounds = Integer.parseInt(cost);
    if (rounds > MOST_BCRYPT_COST) {
      return refused(Refusal.TOO_COSTLY);
    }
    Optional<byte[]> salt = RadixText.BCRYPT.decode(saltText);
    Optional<byte[]> hash = RadixText.BCRYPT.decode(hashText);
    return rounds < 4 || salt.isEmpty() || hash.isEmpty()
        ? bad()
        : new Parsed.Known(new BcryptHash(before, rounds, salt.get(), hash.get()));
  }

  private static Parsed shaCrypt(String text) {
    Matcher matcher = SHA_CRYPT.matcher(text);
    if (!matcher.matches()) {
      return bad();
    }
    String rounds = matcher.group(3);
    if (rounds != null && Long.parseLong(rounds) > MOST_ROUNDS) {
      return refused(Refusal.TOO_COSTLY);
    }
    ShaFamily family = matcher.group(2).equals("5") ? ShaFamily.SHA256 : ShaFamily.SHA512;
    String hash = matcher.group(4);
    return hash.length() == Math.ceilDiv(family.length() * 4, 3)
        ? new Parsed.Known(
            new ShaCryptHash(
                family, matcher.group(1) + "$", hash.getBytes(StandardCharsets.US_ASCII)))
        : bad();
  }

  private static Parsed pbkdf2(String text) {
    Matcher passlib = PBKDF2_PASSLIB.matcher(text);
    if (passlib.matches()) {
      String family = passlib.group(1) == null ? "sha1" : passlib.group(1);
      return pbkdf2(
          ShaFamily.valueOf(family.toUpperCase(Locale.ROOT)),
          passlib.group(2),
          RadixText.PASSLIB.decode(passlib.group(3)),
          RadixText.PASSLIB.decode(passlib.group(4)));
    }
    Matcher phc = PBKDF2_PHC.matcher(text);
    return phc.matches()
        ? pbkdf2(
            ShaFamily.valueOf(phc.group(1).toUpperCase(Locale.ROOT)),
            phc.group(2),
            RadixText.STANDARD.decode(phc.group(3)),
            RadixText.STANDARD.decode(phc.group(4)))
        : bad();
  }

  /**
   * Dovecot's own {@code $1$SALT$ROUNDS$HEX}: SHA-1, and the salt is the text that stands there.
   */
  static Parsed dovecotPbkdf2(String text) {
    Matcher matcher = PBKDF2_DOVECOT.matcher(text);
    return matcher.matches()
        ? pbkdf2(
            ShaFamily.SHA1,
            matcher.group(2),
            Optional.of(matcher.group(1).getBytes(StandardCharsets.US_ASCII)),
            Optional.of(HexFormat.of().parseHex(matcher.group(3))))
        : bad();
  }

  private static Parsed pbkdf2(
      ShaFamily family, String iterationsText, Optional<byte[]> salt, Optional<byte[]> hash) {
    long iterations = Long.parseLong(iterationsText);
    if (!isWithin(salt, 1, LONGEST_SALT) || !isWithin(hash, SHORTEST_HASH, LONGEST_HASH)) {
      return bad();
    }
    if (iterations * Math.ceilDiv(hash.get().length, family.length()) > MOST_ITERATIONS) {
      return refused(Refusal.TOO_COSTLY);
    }
    return iterations < 1
        ? bad()
        : new Parsed.Known(new Pbkdf2Hash(family, (int) iterations, salt.get(), hash.get()));
  }

  private static boolean isWithin(Optional<byte[]> bytes, int least, int most) {
    return bytes.isPresent() && bytes.get().length >= least && bytes.get().length <= most;
  }

  private static Parsed bad() {
    return refused(Refusal.MALFORMED);
  }

  private static Parsed refused(Refusal why) {
    return new Parsed.Refused(why);
  }
}
