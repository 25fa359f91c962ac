package dev.postern.store.hash;

import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;

/**
 * A password hash as another mail system stores it, read and found to be within bounds: it costs no
 * more than a known amount of memory and time.
 *
 * <p>{@link #matches} takes milliseconds to seconds: never on an event loop.
 */
public sealed interface SlowHash permits Argon2Hash, BcryptHash, Pbkdf2Hash, ShaCryptHash, ShaHash {

  /** A stored hash has at most so many characters. */
  int LONGEST = 1024;

  /** A password has at most so many bytes. */
  int LONGEST_PASSWORD = 1024;

  /**
   * Reads what Dovecot, mailcow, Mailu or WildDuck stored, with or without a {@code {SCHEME}}
   * before it. Never throws.
   */
  static Parsed parse(String text) {
    return Spelling.read(text);
  }

  /** The same for a text that was kept sealed; does not close it. */
  static Parsed parse(Secret text) {
    return text.expose(bytes -> parse(new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  /** KiB that computing it takes; 0 for those that take next to nothing. */
  default int memory() {
    return 0;
  }

  /**
   * Whether the hash is of those bytes; compared in constant time. False for what no client can
   * have meant: no bytes, more than {@value #LONGEST_PASSWORD}, or a NUL among them (systems
   * written in C end there, and HMAC cannot tell it from nothing).
   *
   * @param reading as it was hashed, see {@link Readings}
   */
  default boolean matches(Secret reading, Workspace workspace) {
    return reading.expose(bytes -> isPossible(bytes) && matches(bytes, workspace));
  }

  /**
   * The same for bytes that are possible. Leaves them as they are.
   *
   * @param password lent by a {@link Secret}
   */
  boolean matches(byte[] password, Workspace workspace);

  private static boolean isPossible(byte[] password) {
    if (password.length == 0 || password.length > LONGEST_PASSWORD) {
      return false;
    }
    for (byte b : password) {
      if (b == 0) {
        return false;
      }
    }
    return true;
  }

  /** What became of a text. */
  sealed interface Parsed {

    /** It can be checked. */
    record Known(SlowHash hash) implements Parsed {}

    /** It cannot, or must not. */
    record Refused(Refusal why) implements Parsed {}
  }

  /** Why a stored hash cannot be used; import reports it by {@link #word}. */
  enum Refusal {
    /** Nothing is stored. */
    EMPTY("no hash"),
    /** More than {@value SlowHash#LONGEST} characters. */
    TOO_LONG("too long"),
    /** The scheme is known, what follows is not as it should be. */
    MALFORMED("malformed"),
    /** Its parameters ask for more memory or time than anybody gets. */
    TOO_COSTLY("asks for too much memory or time"),
    /** More memory than {@link SlowPool.Limits#memory}. */
    TOO_BIG_HERE("asks for more memory than a quarter of the heap here; give Java more"),
    /** The password itself, or something from which it can be had. */
    REVERSIBLE("plain text or reversible; set a new password"),
    /** Made for challenge and response. */
    CHALLENGE_RESPONSE("made for challenge and response; set a new password"),
    /** MD4, MD5, DES: too weak to be worth keeping. */
    BROKEN("weak (MD4, MD5, DES)"),
    /** The account is locked there. */
    LOCKED("locked"),
    /** A scheme that is not known here. */
    UNKNOWN_SCHEME("unknown scheme");

    private final String word;

    Refusal(String word) {
      this.word = word;
    }

    /** For people. */
    public String word() {
      return word;
    }
  }
}
