package dev.postern.store.guard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Short names for what the guard counts: 64 bits of an HMAC-SHA-256 under a key that only this
 * process has, and only while it runs. Nobody can choose two things with the same name, and nothing
 * can be had from a name without the key. Safe for use by several threads.
 */
final class Fingerprints {
  private static final String HMAC = "HmacSHA256";
  private static final VarHandle FIRST_EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final ThreadLocal<Mac> macs;

  Fingerprints(SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    SecretKeySpec key = new SecretKeySpec(bytes, HMAC);
    Arrays.fill(bytes, (byte) 0);
    this.macs = ThreadLocal.withInitial(() -> mac(key));
  }

  /** What a name is of: the same bytes of another kind have another name. */
  enum Kind {
    /** A name and a secret. */
    SECRET(1),
    /** A name whose guesses are counted. */
    NAME(2),
    /** A network whose guesses are counted. */
    NETWORK(3),
    /** A network whose names that nobody has are counted. */
    STRANGERS(4),
    /** A user and a network. */
    HOME(5),
    /** A network that somebody logged in from. */
    HOMELAND(6),
    /** A user, the state of his app passwords, and a secret. */
    TRIED(7),
    /** A user whose guesses are counted; with a network, those from there. */
    USER(8);

    private final byte mark;

    Kind(int mark) {
      this.mark = (byte) mark;
    }
  }

  long of(Kind kind, byte[]... parts) {
    Mac mac = macs.get();
    mac.update(kind.mark);
    for (byte[] part : parts) {
      mac.update((byte) (part.length >> 8));
      mac.update((byte) part.length);
      mac.update(part);
    }
    return (long) FIRST_EIGHT.get(mac.doFinal(), 0);
  }

  private static Mac mac(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
    }
  }
}
