package dev.postern.deploy.webhook;

import dev.postern.store.event.SiteEvent;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** When somebody is told that a certificate of the listeners ends soon. */
final class CertificateSteps {
  /** Days that are left at most, the fewest first. */
  private static final int[] STEPS = {1, 3, 7, 14};

  /** Of a subjectAltName, RFC 5280 §4.2.1.6. */
  private static final int DNS_NAME = 2;

  private static final int MOST_NAMES = 20;

  private CertificateSteps() {}

  /** The step that the certificate has reached; told again and again, and heard once. */
  static Optional<SiteEvent> reached(X509Certificate certificate, Instant now) {
    Instant end = certificate.getNotAfter().toInstant();
    Duration left = Duration.between(now, end);
    return IntStream.of(STEPS)
        .filter(days -> left.compareTo(Duration.ofDays(days)) < 0)
        .boxed()
        .findFirst()
        .map(days ->
            new SiteEvent.CertificateExpiring(
                now, fingerprint(certificate), names(certificate), end, days));
  }

  private static String fingerprint(X509Certificate certificate) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was loaded has no fingerprint", e);
    }
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      return all == null
          ? List.of()
          : all.stream()
              .filter(name -> name.getFirst().equals(DNS_NAME))
              .map(name -> String.valueOf(name.get(1)))
              .limit(MOST_NAMES)
              .toList();
    } catch (CertificateParsingException _) {
      return List.of();
    }
  }
}
