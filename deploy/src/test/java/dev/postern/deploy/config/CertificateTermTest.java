package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.CertificateTerm.Judge;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CertificateTermTest {
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2026-04-01T00:00:00Z");

  private final CertificateTerm term =
      new CertificateTerm(
          Path.of("postern.yaml"), 8, "tls.certificate", Path.of("own.pem"), FROM, TO, Judge.PEER);

  @Test
  void isGoodFromItsFirstMomentToItsLast() {
    assertThat(term.problem(FROM)).isEmpty();
    assertThat(term.problem(TO)).isEmpty();
    assertThat(term.warning(FROM)).isEmpty();
  }

  @Test
  void isNoGoodOutsideThem() {
    assertThat(term.problem(FROM.minusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: tls.certificate: own.pem is not valid before"
                + " 2026-01-01T00:00:00Z; set the clock, or wait]");
    assertThat(term.problem(TO.plusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: tls.certificate: own.pem has expired at"
                + " 2026-04-01T00:00:00Z; renew it]");
    assertThat(term.warning(FROM.minusSeconds(1))).isEmpty();
    assertThat(term.warning(TO.plusSeconds(1))).isEmpty();
  }

  @Test
  void isOnlyWarnedOfWhereAProviderDecides() {
    CertificateTerm shown =
        new CertificateTerm(
            Path.of("postern.yaml"),
            8,
            "login.client-certificate",
            Path.of("own.pem"),
            FROM,
            TO,
            Judge.PROVIDER);
    assertThat(shown.problem(FROM.minusSeconds(1))).isEmpty();
    assertThat(shown.problem(TO.plusSeconds(1))).isEmpty();
    assertThat(shown.warning(FROM)).isEmpty();
    assertThat(shown.warning(FROM.minusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: login.client-certificate: own.pem is not valid before"
                + " 2026-01-01T00:00:00Z; set the clock, or wait]");
    assertThat(shown.warning(TO.plusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: login.client-certificate: own.pem has expired at"
                + " 2026-04-01T00:00:00Z; make another one and upload it to the provider]");
    assertThat(shown.warning(TO.minusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: login.client-certificate: own.pem expires at"
                + " 2026-04-01T00:00:00Z; make another one and upload it to the provider]");
  }

  @Test
  void warnsInItsLastTwoWeeks() {
    assertThat(term.warning(TO.minus(Duration.ofDays(14)))).isEmpty();
    assertThat(term.warning(TO.minus(Duration.ofDays(14)).plusSeconds(1)))
        .hasToString(
            "Optional[postern.yaml:8: tls.certificate: own.pem expires at"
                + " 2026-04-01T00:00:00Z; renew it]");
  }
}
