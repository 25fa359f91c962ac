package dev.postern.deploy.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.store.event.SiteEvent;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a certificate that ends is worth an event. */
class CertificateStepsTest {
  private final X509Certificate certificate = certificate();

  private static X509Certificate certificate() {
    String chain =
        DevelopmentCertificate.make(
                "mail.example.com", Instant.now(), Duration.ofDays(365), new SecureRandom())
            .chain();
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(chain.getBytes(StandardCharsets.US_ASCII)));
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  private Optional<SiteEvent> with(Duration left) {
    return CertificateSteps.reached(certificate, certificate.getNotAfter().toInstant().minus(left));
  }

  @ParameterizedTest
  @CsvSource({"13,14", "7,14", "6,7", "3,7", "2,3", "1,3", "0,1", "-5,1"})
  void theStepIsTheFewestDaysThatItIsBelow(int left, int step) {
    assertThat(with(Duration.ofDays(left)))
        .hasValueSatisfying(event ->
            assertThat(event)
                .isInstanceOfSatisfying(
                    SiteEvent.CertificateExpiring.class,
                    expiring -> {
                      assertThat(expiring.days()).isEqualTo(step);
                      assertThat(expiring.names()).contains("mail.example.com");
                      assertThat(expiring.fingerprint()).matches("[0-9a-f]{64}");
                    }));
  }

  @Test
  void twoWeeksAreNothingToTell() {
    assertThat(with(Duration.ofDays(14))).isEmpty();
    assertThat(with(Duration.ofDays(14).minusSeconds(1))).isPresent();
  }

  @Test
  void eachStepIsToldOnce() {
    assertThat(with(Duration.ofDays(6)).orElseThrow().once())
        .isEqualTo(with(Duration.ofDays(5)).orElseThrow().once())
        .isNotEqualTo(with(Duration.ofDays(2)).orElseThrow().once());
  }
}
