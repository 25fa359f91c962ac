package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where an upstream speaks a protocol: {@code imaps://HOST[:PORT]} and its like. */
final class EndpointUrl {

  private record Scheme(Security security, int port) {}

  private EndpointUrl() {}

  /**
   * A reader for one protocol's URLs.
   *
   * @param isClearAllowed whether clear text may leave this machine
   */
  static ValueReader<Endpoint> reader(Scope protocol, boolean isClearAllowed) {
    return text -> parse(text, schemes(protocol), isClearAllowed);
  }

  private static Map<String, Scheme> schemes(Scope protocol) {
    Map<String, Scheme> schemes = new LinkedHashMap<>();
    switch (protocol) {
      case IMAP -> {
        schemes.put("imaps", new Scheme(Security.IMPLICIT_TLS, 993));
        schemes.put("imap+starttls", new Scheme(Security.STARTTLS, 143));
        schemes.put("imap", new Scheme(Security.CLEAR, 143));
      }
      case SUBMISSION -> {
        schemes.put("submissions", new Scheme(Security.IMPLICIT_TLS, 465));
        schemes.put("submission+starttls", new Scheme(Security.STARTTLS, 587));
        schemes.put("submission", new Scheme(Security.CLEAR, 587));
      }
      case POP3 -> {
        schemes.put("pop3s", new Scheme(Security.IMPLICIT_TLS, 995));
        schemes.put("pop3+starttls", new Scheme(Security.STARTTLS, 110));
        schemes.put("pop3", new Scheme(Security.CLEAR, 110));
      }
    }
    return schemes;
  }

  private static Endpoint parse(String text, Map<String, Scheme> schemes, boolean isClearAllowed)
      throws BadValue {
    String example = schemes.keySet().iterator().next() + "://mail.example.com";
    URI url = uri(text, example);
    Scheme scheme = url.getScheme() == null ? null : schemes.get(url.getScheme());
    if (scheme == null) {
      throw new BadValue(
          "\"" + text + "\" does not start with a scheme for this protocol",
          "write " + String.join("://, ", schemes.keySet()) + ":// and the host");
    }
    if (url.getHost() == null) {
      throw new BadValue("\"" + text + "\" names no valid host", "write " + example);
    }
    boolean hasMore =
        url.getRawUserInfo() != null
            || url.getRawQuery() != null
            || url.getRawFragment() != null
            || !Optional.ofNullable(url.getRawPath()).orElse("").isEmpty();
    if (hasMore || url.getPort() == 0 || url.getPort() > 65_535) {
      throw new BadValue(
          "\"" + withoutUser(text) + "\" has more than scheme, host and port, or a bad port",
          "write " + example + ":" + scheme.port());
    }
    String host = url.getHost().replaceAll("^\\[|]$", "");
    if (scheme.security() == Security.CLEAR && !isClearAllowed && !Loopback.isLoopback(host)) {
      throw new BadValue(
          "passwords would cross the network to " + host + " in clear text",
          "use "
              + String.join(":// or ", schemes.keySet().stream().limit(2).toList())
              + "://, or set allow-cleartext: true on this upstream");
    }
    return new Endpoint(host, url.getPort() < 0 ? scheme.port() : url.getPort(), scheme.security());
  }

  private static URI uri(String text, String example) throws BadValue {
    try {
      return new URI(text);
    } catch (URISyntaxException bad) {
      throw new BadValue(
          "\"" + withoutUser(text) + "\" is not a URL: " + bad.getReason(), "write " + example);
    }
  }

  /** Somebody may have put a password there. */
  private static String withoutUser(String text) {
    return text.replaceFirst("//.*@", "//…@");
  }
}
