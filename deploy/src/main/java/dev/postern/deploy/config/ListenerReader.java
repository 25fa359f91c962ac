package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.smtp.SmtpExtensions;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads {@code listeners}. */
final class ListenerReader {
  private static final Map<String, Scope> PROTOCOLS = protocols();
  private static final Map<String, Tls> TLS = tls();
  private static final String EXTENSIONS = "extensions";
  private static final String LEGACY_TLS = "legacy-tls";

  private final Map<String, Upstream> upstreams;
  private final List<BindAddress> bound = new ArrayList<>();

  private final CertificateReader certificates;
  private final String serverName;

  ListenerReader(
      String serverName, Map<String, Upstream> upstreams, CertificateReader certificates) {
    this.serverName = serverName;
    this.upstreams = upstreams;
    this.certificates = certificates;
  }

  List<Listener> read(Section root) {
    List<Section> sections = root.sections("listeners");
    root.require(
        "listeners",
        "write at least one, such as { protocol: imap, bind: \"[::]:993\", tls: implicit }");
    List<Listener> listeners = new ArrayList<>();
    for (Section section : sections) {
      listeners.add(listener(section));
    }
    return listeners;
  }

  private Listener listener(Section section) {
    Optional<Scope> protocol = optionalProtocol(section);
    Optional<BindAddress> bind = bind(section);
    boolean isClearAllowed = section.withDefault("allow-cleartext", Values::truth, false);
    Tls tls =
        section.required(
            "tls", Values.word(TLS, List.of()), "write implicit, starttls or none", Tls.IMPLICIT);
    Optional<String> upstream =
        section.optional("upstream", UpstreamReader.nameOf(upstreams.keySet()));
    List<Cidr> trustedProxies = trustedProxies(section);
    boolean isLegacyTls = section.withDefault(LEGACY_TLS, Values::truth, false);
    Optional<String> name = section.optional("name", Values::hostName);
    Optional<CertificateFiles> certificate = certificate(section, tls);
    OptionalInt maxConnections =
        section
            .optional("max-connections", Values.integer(1, GuardReader.MOST_CONNECTIONS))
            .map(OptionalInt::of)
            .orElse(OptionalInt.empty());
    List<String> extensions = extensions(section, protocol);
    section.end(Set.of());
    if (isLegacyTls) {
      checkLegacyTls(section, protocol, tls, name);
    }
    // Behind a proxy it is the proxy that speaks TLS.
    boolean isInClear =
        tls == Tls.NONE
            && trustedProxies.isEmpty()
            && bind.filter(BindAddress::isLoopback).isEmpty();
    if (tls == Tls.NONE && !isClearAllowed && bind.filter(a -> !a.isLoopback()).isPresent()) {
      section.problem(
          "tls",
          "passwords would cross the network in clear text",
          "write implicit or starttls, bind to 127.0.0.1, or set allow-cleartext: true");
    }
    protocol.ifPresent(scope -> requireUpstream(section, scope, upstream));
    BindAddress address = bind.orElse(new BindAddress("127.0.0.1", 0));
    return new Listener(
        protocol.orElse(Scope.IMAP),
        address.host(),
        address.port(),
        tls,
        upstream,
        trustedProxies,
        name,
        certificate,
        isLegacyTls || isInClear ? Lane.LEGACY : Lane.ORDINARY,
        maxConnections,
        extensions);
  }

  /** What EHLO announces whatever upstreams offer; the other protocols say more after the login. */
  private static List<String> extensions(Section section, Optional<Scope> protocol) {
    List<String> floor = section.list(EXTENSIONS, ListenerReader::extension);
    if (section.has(EXTENSIONS)
        && protocol.filter(scope -> scope != Scope.SUBMISSION).isPresent()) {
      section.problem(
          EXTENSIONS,
          "only submission promises something before the login",
          "leave the key out: the others say after it what the upstream has");
    }
    if (floor.contains("SMTPUTF8") && !floor.contains("8BITMIME")) {
      section.problem(
          EXTENSIONS, "SMTPUTF8 needs 8BITMIME (RFC 6531)", "add 8BITMIME, or take SMTPUTF8 out");
    }
    if (floor.stream().map(line -> line.split(" ", 2)[0]).distinct().count() < floor.size()) {
      section.problem(EXTENSIONS, "names one twice", "write each once");
    }
    return floor;
  }

  private static String extension(String text) throws BadValue {
    if (!SmtpExtensions.isFloor(text)) {
      throw new BadValue(
          "\"" + text + "\" is no extension that can be promised",
          "write some of: "
              + String.join(", ", SmtpExtensions.ACTED_UPON)
              + "; SIZE also with octets, as in \"SIZE 52428800\"");
    }
    return text;
  }

  /** Its own certificate, if it has one. */
  private Optional<CertificateFiles> certificate(Section section, Tls tls) {
    if (!section.has("certificate") && !section.has("private-key")) {
      return Optional.empty();
    }
    if (tls == Tls.NONE) {
      section.problem("certificate", "this listener has no TLS", "leave the key out");
    }
    return certificates.read(section, "");
  }

  /**
   * A key that is used with old TLS has to be thought of as known: it must not be of use against
   * anything else, and what it protects is for sending alone.
   */
  private void checkLegacyTls(
      Section section, Optional<Scope> protocol, Tls tls, Optional<String> name) {
    if (protocol.filter(scope -> scope != Scope.SUBMISSION).isPresent()) {
      section.problem(
          LEGACY_TLS, "old devices may send, and not read mail", "write protocol: submission");
    }
    if (tls == Tls.NONE) {
      section.problem(
          LEGACY_TLS, "there is no TLS on this listener", "write tls: starttls or implicit");
    } else if (!section.has("certificate")) {
      section.problem(
          LEGACY_TLS,
          "a listener for old devices needs a certificate and key of its own",
          "write certificate: and private-key: of an RSA certificate for its name");
    }
    if (!section.has("name")) {
      section.problem(
          LEGACY_TLS,
          "a listener for old devices needs a name of its own",
          "write name: legacy.example.com, and give it to these devices alone");
    } else if (name.filter(serverName::equalsIgnoreCase).isPresent()) {
      section.problem(
          "name",
          "is the server's own name",
          "give old devices another one, such as legacy." + serverName);
    }
  }

  /** Whoever may send a PROXY header may claim any address: nobody is trusted by default. */
  private static List<Cidr> trustedProxies(Section section) {
    boolean isExpected = section.withDefault("proxy-protocol", Values::truth, false);
    List<Cidr> proxies = section.list("trusted-proxies", ListenerReader::network);
    if (isExpected && !section.has("trusted-proxies")) {
      section.problem(
          "proxy-protocol",
          "it is not said whose PROXY headers to believe",
          "add trusted-proxies: [\"192.0.2.10/32\"] with the networks of your proxies");
    }
    if (!isExpected && section.has("trusted-proxies")) {
      section.problem(
          "trusted-proxies", "no PROXY header is expected here", "add proxy-protocol: true");
    }
    return proxies;
  }

  private static Cidr network(String text) throws BadValue {
    Cidr network;
    try {
      network = Cidr.parse(text);
    } catch (IllegalArgumentException _) {
      throw new BadValue("\"" + text + "\" is not a network", "write one such as \"192.0.2.0/24\"");
    }
    if (network.prefix() == 0) {
      throw new BadValue(
          "with \"" + text + "\" anybody could claim any address",
          "write the networks of your proxies");
    }
    return network;
  }

  private static Optional<Scope> optionalProtocol(Section section) {
    section.require("protocol", "write imap, submission or pop3");
    return section.optional("protocol", Values.word(PROTOCOLS, List.of()));
  }

  private Optional<BindAddress> bind(Section section) {
    section.require("bind", "write ADDRESS:PORT, such as \"[::]:993\"");
    Optional<BindAddress> bind = section.optional("bind", BindAddress::parse);
    bind.flatMap(address -> bound.stream().filter(address::collidesWith).findFirst())
        .ifPresent(_ ->
            section.problem(
                "bind", "another listener has this address already", "take another port"));
    bind.ifPresent(bound::add);
    return bind;
  }

  /** A protocol that no server behind us speaks would refuse every login. */
  private void requireUpstream(Section section, Scope protocol, Optional<String> only) {
    if (only.isPresent()) {
      Upstream upstream = upstreams.get(only.get());
      if (upstream != null && !upstream.endpoints().containsKey(protocol)) {
        section.problem(
            "upstream",
            "\"" + only.get() + "\" has no " + protocol.word(),
            "set upstreams." + only.get() + "." + protocol.word() + ", or name another upstream");
      }
    } else if (upstreams.values().stream()
        .noneMatch(upstream -> upstream.endpoints().containsKey(protocol))) {
      section.problem(
          "protocol",
          "no upstream has " + protocol.word(),
          "set upstreams.NAME." + protocol.word() + ", or take this listener out");
    }
  }

  private static Map<String, Scope> protocols() {
    Map<String, Scope> words = new LinkedHashMap<>();
    words.put("imap", Scope.IMAP);
    words.put("submission", Scope.SUBMISSION);
    words.put("pop3", Scope.POP3);
    return words;
  }

  private static Map<String, Tls> tls() {
    Map<String, Tls> words = new LinkedHashMap<>();
    words.put("implicit", Tls.IMPLICIT);
    words.put("starttls", Tls.STARTTLS);
    words.put("none", Tls.NONE);
    return words;
  }
}
