package dev.postern.deploy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long a certificate is good for that a configuration names.
 *
 * @param file the configuration
 * @param line where it names the certificate
 * @param key path of that key
 */
public record CertificateTerm(
    Path file, int line, String key, Path certificate, Instant from, Instant to) {
  private static final Duration SOON = Duration.ofDays(14);

  /** Why others would refuse it. */
  public Optional<ConfigProblem> problem(Instant now) {
    if (now.isAfter(to)) {
      return Optional.of(problem("has expired at " + to, "renew it"));
    }
    if (now.isBefore(from)) {
      return Optional.of(problem("is not valid before " + from, "set the clock, or wait"));
    }
    return Optional.empty();
  }

  /** What will be a problem within two weeks. */
  public Optional<ConfigProblem> warning(Instant now) {
    return problem(now).isEmpty() && now.plus(SOON).isAfter(to)
        ? Optional.of(problem("expires at " + to, "renew it"))
        : Optional.empty();
  }

  private ConfigProblem problem(String wrong, String remedy) {
    return new ConfigProblem(file, line, key, certificate + " " + wrong, remedy);
  }
}
