package dev.postern.admin;

import java.net.URI;
import java.util.Optional;

/**
 * Where the admin API and the metrics listen.
 *
 * @param admin admin listener
 * @param metrics a listener with {@code /metrics} and {@code /health} alone; empty: they are on the
 *     admin port
 * @param authService a listener where other programs have logins verified; empty: there is none
 * @param url where browsers reach the admin listener, without a path; empty: at {@code localhost}
 */
public record AdminConfig(
    Bind admin, Optional<Bind> metrics, Optional<Bind> authService, Optional<URI> url) {

  /** One that is reached from this machine alone. */
  public AdminConfig(Bind admin, Optional<Bind> metrics) {
    this(admin, metrics, Optional.empty(), Optional.empty());
  }

  /** Where a provider sends browsers after consent. */
  public URI consentRedirect() {
    String base =
        url.map(URI::toString)
            .map(text -> text.replaceAll("/$", ""))
            .orElse((admin.security().isTls() ? "https" : "http") + "://localhost:" + admin.port());
    return URI.create(base + "/oauth/callback");
  }

  /**
   * An address, and what is spoken there.
   *
   * @param host an address literal or a name; in clear loopback, anything else is refused when the
   *     server starts unless it is allowed
   * @param port 0–65535; 0 takes a free one
   */
  public record Bind(String host, int port, HttpSecurity security) {

    /** In clear, for this machine alone. */
    public Bind(String host, int port) {
      this(host, port, new HttpSecurity.Clear(false));
    }

    public Bind {
      if (host.isBlank()) {
        throw new IllegalArgumentException("host is empty");
      }
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
      }
    }

    /** Whether both are the same place. */
    public boolean isAt(Bind other) {
      return host.equals(other.host) && port == other.port;
    }

    /** As in a configuration: {@code 127.0.0.1:8080}, {@code [::1]:8080}. */
    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }
}
