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
    Path file, int line, String key, Path certificate, Instant from, Instant to, Judge judge) {
  private static final Duration SOON = Duration.ofDays(14);

  /** Who looks at it. */
  public enum Judge {
    /** Clients and mail servers: outside its term they refuse it. */
    PEER,
    /** A provider of access tokens: whether the term counts is for it to say. */
    PROVIDER
  }

  /** Why others would refuse it. */
  public Optional<ConfigProblem> problem(Instant now) {
    return judge == Judge.PEER ? outside(now) : Optional.empty();
  }

  private Optional<ConfigProblem> outside(Instant now) {
    if (now.isAfter(to)) {
      return Optional.of(problem("has expired at " + to, another()));
    }
    if (now.isBefore(from)) {
      return Optional.of(problem("is not valid before " + from, "set the clock, or wait"));
    }
    return Optional.empty();
  }

  /** What may be a problem, or will be one within two weeks. */
  public Optional<ConfigProblem> warning(Instant now) {
    Optional<ConfigProblem> outside = outside(now);
    if (outside.isPresent()) {
      return outside.filter(_ -> judge == Judge.PROVIDER);
    }
    return now.plus(SOON).isAfter(to)
        ? Optional.of(problem("expires at " + to, another()))
        : Optional.empty();
  }

  private String another() {
    return switch (judge) {
      case PEER -> "renew it";
      case PROVIDER -> "make another one and upload it to the provider";
    };
  }

  private ConfigProblem problem(String wrong, String remedy) {
    return new ConfigProblem(file, line, key, certificate + " " + wrong, remedy);
  }
}
