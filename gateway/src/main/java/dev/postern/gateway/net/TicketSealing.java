package dev.postern.gateway.net;

import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketKeys;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The keys of one certificate's session tickets, derived from those of the site: a session that
 * began with one certificate is not taken up with another. Safe for use by several threads.
 */
final class TicketSealing {
  private static final int LENGTH =
      OpenSslSessionTicketKey.NAME_SIZE
          + OpenSslSessionTicketKey.HMAC_KEY_SIZE
          + OpenSslSessionTicketKey.AES_KEY_SIZE;

  private final TicketKeys keys;
  private final OpenSslServerSessionContext context;
  private final byte[] purpose;

  /** What the context has; always that of its last call. */
  private volatile List<TicketKey> given = List.of();

  /**
   * @param purpose {@link #purposeOf} the certificate
   */
  TicketSealing(TicketKeys keys, OpenSslServerSessionContext context, byte[] purpose) {
    this.keys = keys;
    this.context = context;
    this.purpose = purpose.clone();
  }

  /** What keys are derived for. */
  static byte[] purposeOf(X509Certificate certificate) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
  }

  /** Sees to it that the context has the keys of now; false if there are none. */
  boolean isReady() {
    List<TicketKey> now = keys.current();
    if (!now.equals(given)) {
      give(now);
    }
    return !now.isEmpty();
  }

  private synchronized void give(List<TicketKey> now) {
    if (!now.equals(given) && !now.isEmpty()) {
      context.setTicketKeys(
          now.stream().map(this::derived).toArray(OpenSslSessionTicketKey[]::new));
      given = now;
    }
  }

  private OpenSslSessionTicketKey derived(TicketKey key) {
    byte[] all =
        key.material()
            .expose(material -> {
              try {
                return KDF.getInstance("HKDF-SHA256")
                    .deriveData(
                        HKDFParameterSpec.ofExtract().addIKM(material).thenExpand(purpose, LENGTH));
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException("no HKDF in this Java", e);
              }
            });
    int hmac = OpenSslSessionTicketKey.NAME_SIZE;
    int aes = hmac + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
    OpenSslSessionTicketKey parts =
        new OpenSslSessionTicketKey(
            Arrays.copyOf(all, hmac),
            Arrays.copyOfRange(all, hmac, aes),
            Arrays.copyOfRange(all, aes, LENGTH));
    Arrays.fill(all, (byte) 0);
    return parts;
  }
}
