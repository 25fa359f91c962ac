package dev.postern.gateway;

import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Everything the gateway is told. Values are checked by whoever reads them from a file; see the
 * configuration reference for meaning and defaults of each.
 *
 * @param moreCertificates beside the usual one, for other names or another kind of key
 */
public record GatewayConfig(
    String serverName,
    List<Listener> listeners,
    Optional<CertificateFiles> certificate,
    List<CertificateFiles> moreCertificates,
    TlsVersion minimumTls,
    Map<String, Upstream> upstreams,
    List<Route> routes,
    Limits limits,
    Help help,
    Caps caps,
    Drain drain,
    CredentialBudget budget) {

  public GatewayConfig {
    listeners = List.copyOf(listeners);
    moreCertificates = List.copyOf(moreCertificates);
    upstreams = Map.copyOf(upstreams);
    routes = List.copyOf(routes);
  }

  /** What we are at the providers of access tokens. */
  public List<OAuthClient> oauthClients() {
    return upstreams.values().stream()
        .map(Upstream::login)
        .flatMap(login ->
            login instanceof LoginMethod.OAuth2(OAuthClient client, var _, var _)
                ? Stream.of(client)
                : Stream.empty())
        .toList();
  }

  /** What listeners show that have no certificate of their own, the usual one first. */
  public List<CertificateFiles> certificates() {
    return Stream.concat(certificate.stream(), moreCertificates.stream()).toList();
  }

  /** Of a site without help of its own. */
  public GatewayConfig(
      String serverName,
      List<Listener> listeners,
      Optional<CertificateFiles> certificate,
      TlsVersion minimumTls,
      Map<String, Upstream> upstreams,
      List<Route> routes,
      Limits limits) {
    this(
        serverName,
        listeners,
        certificate,
        List.of(),
        minimumTls,
        upstreams,
        routes,
        limits,
        Help.NONE,
        Caps.DEFAULT,
        Drain.DEFAULT,
        CredentialBudget.DEFAULT);
  }

  /**
   * One bound address.
   *
   * @param host address literal; {@code ::} is dual stack
   * @param port 0 takes a free one
   * @param upstream the only upstream of this listener; empty: by user and route
   * @param trustedProxies networks whose proxies send a PROXY header before anything else, and
   *     nobody else may connect; none: no header is expected
   * @param name what it calls itself; empty: the server's name
   * @param certificate of its own; empty: the server's
   * @param lane {@code LEGACY} takes TLS 1.0 and 1.1 and RSA key exchange too, or, with {@code tls:
   *     none}, is in clear for other machines
   * @param maxConnections at once; empty: as many as there may be in all
   * @param extensions SMTP: EHLO lines that are announced whatever any upstream offers; see {@link
   *     dev.postern.gateway.smtp.SmtpExtensions#isFloor}
   */
  public record Listener(
      Scope protocol,
      String host,
      int port,
      Tls tls,
      Optional<String> upstream,
      List<Cidr> trustedProxies,
      Optional<String> name,
      Optional<CertificateFiles> certificate,
      Lane lane,
      OptionalInt maxConnections,
      List<String> extensions) {

    public Listener {
      trustedProxies = List.copyOf(trustedProxies);
      extensions = List.copyOf(extensions);
    }

    /** That announces what its upstreams have. */
    public Listener(
        Scope protocol,
        String host,
        int port,
        Tls tls,
        Optional<String> upstream,
        List<Cidr> trustedProxies,
        Optional<String> name,
        Optional<CertificateFiles> certificate,
        Lane lane,
        OptionalInt maxConnections) {
      this(
          protocol,
          host,
          port,
          tls,
          upstream,
          trustedProxies,
          name,
          certificate,
          lane,
          maxConnections,
          List.of());
    }

    /** Without a limit of its own. */
    public Listener(
        Scope protocol,
        String host,
        int port,
        Tls tls,
        Optional<String> upstream,
        List<Cidr> trustedProxies,
        Optional<String> name,
        Optional<CertificateFiles> certificate,
        Lane lane) {
      this(
          protocol,
          host,
          port,
          tls,
          upstream,
          trustedProxies,
          name,
          certificate,
          lane,
          OptionalInt.empty());
    }

    /** An ordinary one behind proxies. */
    public Listener(
        Scope protocol,
        String host,
        int port,
        Tls tls,
        Optional<String> upstream,
        List<Cidr> trustedProxies) {
      this(
          protocol,
          host,
          port,
          tls,
          upstream,
          trustedProxies,
          Optional.empty(),
          Optional.empty(),
          Lane.ORDINARY);
    }

    /** To which clients connect themselves. */
    public Listener(Scope protocol, String host, int port, Tls tls, Optional<String> upstream) {
      this(protocol, host, port, tls, upstream, List.of());
    }

    /** When TLS starts. */
    public enum Tls {
      IMPLICIT,
      STARTTLS,
      /** Never; loopback alone unless clear text is explicitly allowed. */
      NONE
    }
  }

  /** PEM files. */
  public record CertificateFiles(Path certificate, Path privateKey) {}

  /** Lowest protocol version spoken. */
  public enum TlsVersion {
    TLS_1_2("TLSv1.2"),
    TLS_1_3("TLSv1.3");

    private final String word;

    TlsVersion(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /**
   * A real mail server.
   *
   * @param endpoints where it speaks each protocol
   * @param trust PEM file of CAs; empty: the system's
   * @param identify what it is told of the client
   * @param watch whether sessions are watched after their login
   * @param budgets how many sessions of one mailbox it takes
   * @param clientCertificate shown to it in TLS when it asks; empty: none
   */
  public record Upstream(
      String name,
      Map<Scope, Endpoint> endpoints,
      Optional<Path> trust,
      LoginMethod login,
      Identify identify,
      Watch watch,
      Budgets budgets,
      Optional<CertificateFiles> clientCertificate) {
    public Upstream {
      endpoints = Map.copyOf(endpoints);
    }

    /** One that is shown no certificate. */
    public Upstream(
        String name,
        Map<Scope, Endpoint> endpoints,
        Optional<Path> trust,
        LoginMethod login,
        Identify identify,
        Watch watch,
        Budgets budgets) {
      this(name, endpoints, trust, login, identify, watch, budgets, Optional.empty());
    }

    /** One that takes as many sessions of a mailbox as come. */
    public Upstream(
        String name,
        Map<Scope, Endpoint> endpoints,
        Optional<Path> trust,
        LoginMethod login,
        Identify identify,
        Watch watch) {
      this(name, endpoints, trust, login, identify, watch, Budgets.NONE);
    }

    /** One that is told nothing, watched by default. */
    public Upstream(
        String name, Map<Scope, Endpoint> endpoints, Optional<Path> trust, LoginMethod login) {
      this(name, endpoints, trust, login, Identify.NONE, Watch.AUTO);
    }

    /** Whether any of its endpoints is reached over TLS. */
    public boolean hasTls() {
      return endpoints.values().stream()
          .anyMatch(endpoint -> endpoint.security() != Security.CLEAR);
    }

    /**
     * Whether sessions at one of its endpoints are watched. A client whose own address such an
     * upstream trusts, on the same machine say, could give it its word for anybody.
     */
    public boolean isWatched(Endpoint endpoint) {
      return switch (watch) {
        case AUTO -> endpoint.security() == Security.CLEAR || login instanceof LoginMethod.Trusted;
        case ALWAYS -> true;
        case NEVER -> false;
      };
    }
  }

  /**
   * What an upstream is told of the client. Only one that trusts our address believes any of it.
   *
   * @param imapId in IMAP, by ID
   * @param xclient in submission and POP3, by XCLIENT
   * @param proxyProtocol in all, by a header before anything else, which the upstream must expect
   */
  public record Identify(boolean imapId, boolean xclient, Optional<ProxyProtocol> proxyProtocol) {
    /** Nothing. */
    public static final Identify NONE = new Identify(false, false, Optional.empty());

    /** Whether the protocol's own way is used. */
    public boolean tells(Scope protocol) {
      return switch (protocol) {
        case IMAP -> imapId;
        case SUBMISSION, POP3 -> xclient;
      };
    }
  }

  /** Versions of the PROXY protocol. */
  public enum ProxyProtocol {
    V1,
    V2
  }

  /** When a {@link dev.postern.gateway.dialogue.Tap} watches the sessions at an upstream. */
  public enum Watch {
    /**
     * Where the way to the upstream is in clear, or it takes our word: it may trust our address.
     */
    AUTO,
    ALWAYS,
    NEVER
  }

  /**
   * Most sessions at once at an upstream for one mailbox, of the whole site, each at least 1;
   * empty: any number.
   */
  public record Budgets(
      Optional<Integer> imap, Optional<Integer> submission, Optional<Integer> pop3) {
    /** Any number of each. */
    public static final Budgets NONE =
        new Budgets(Optional.empty(), Optional.empty(), Optional.empty());

    public Budgets {
      if (Stream.of(imap, submission, pop3).anyMatch(most -> most.orElse(1) < 1)) {
        throw new IllegalArgumentException("a budget of less than one session");
      }
    }

    /** That of one protocol. */
    public Optional<Integer> of(Scope protocol) {
      return switch (protocol) {
        case IMAP -> imap;
        case SUBMISSION -> submission;
        case POP3 -> pop3;
      };
    }
  }

  /** Where and how an upstream is reached. */
  public record Endpoint(String host, int port, Security security) {}

  /**
   * Sends users to an upstream; the first that matches wins.
   *
   * @param match {@code *} stands for any characters, anything else for itself; compared with the
   *     normalised user name
   * @param rewriting of the mailbox names of users for whom this is the first route there
   */
  public record Route(String match, String upstream, MailboxRewriting rewriting) {
    /** One that leaves names as they are. */
    public Route(String match, String upstream) {
      this(match, upstream, MailboxRewriting.NONE);
    }
  }

  /**
   * How names of mailboxes are written at an upstream. What somebody set on a user stays, but for
   * its case.
   *
   * @param stripDomain whether what follows the last {@code @} goes, with it
   * @param addDomain for names that have none, or none any more; as A-labels
   * @param lowerCase whether a name that was set is folded; that of a user always is
   */
  public record MailboxRewriting(
      boolean stripDomain, Optional<String> addDomain, boolean lowerCase) {
    public static final MailboxRewriting NONE =
        new MailboxRewriting(false, Optional.empty(), false);
  }

  /**
   * Limits in time and number; each has a default in {@link #DEFAULT}.
   *
   * @param upstreamLoginsAtOnce logins under way at one upstream; more wait for their turn
   */
  public record Limits(
      Duration failureDelay,
      Duration beforeLoginDeadline,
      Duration beforeLoginIdle,
      int beforeLoginErrors,
      Map<Scope, Duration> relayIdle,
      Timeouts timeouts,
      int upstreamLoginsAtOnce) {

    private static final int UPSTREAM_LOGINS_AT_ONCE = 1024;

    /** As in the configuration reference. */
    public static final Limits DEFAULT =
        new Limits(
            Duration.ofSeconds(2),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            5,
            Map.of(
                Scope.IMAP, Duration.ofMinutes(35),
                Scope.POP3, Duration.ofMinutes(12),
                Scope.SUBMISSION, Duration.ofMinutes(12)));

    /** With the default timeouts. */
    public Limits(
        Duration failureDelay,
        Duration beforeLoginDeadline,
        Duration beforeLoginIdle,
        int beforeLoginErrors,
        Map<Scope, Duration> relayIdle) {
      this(
          failureDelay,
          beforeLoginDeadline,
          beforeLoginIdle,
          beforeLoginErrors,
          relayIdle,
          Timeouts.DEFAULT,
          UPSTREAM_LOGINS_AT_ONCE);
    }

    public Limits {
      relayIdle = Map.copyOf(relayIdle);
    }
  }

  /**
   * How long we wait for others.
   *
   * @param proxyHeader the PROXY header of a trusted proxy
   * @param handshake a TLS handshake, on either side
   * @param upstreamConnect a login's turn at an upstream, name resolution, and each of its
   *     addresses
   * @param upstreamStep the greeting of an upstream, and each of its answers
   * @param upstreamLogin the whole login at an upstream
   * @param halfClosed silence after one side of a session has ended its stream
   * @param stop at the end of the process, until connections are cut
   */
  public record Timeouts(
      Duration proxyHeader,
      Duration handshake,
      Duration upstreamConnect,
      Duration upstreamStep,
      Duration upstreamLogin,
      Duration halfClosed,
      Duration stop) {

    /** With the default times for a PROXY header and for answers. */
    public Timeouts(
        Duration handshake,
        Duration upstreamConnect,
        Duration upstreamLogin,
        Duration halfClosed,
        Duration stop) {
      this(
          DEFAULT.proxyHeader,
          handshake,
          upstreamConnect,
          DEFAULT.upstreamStep,
          upstreamLogin,
          halfClosed,
          stop);
    }

    public static final Timeouts DEFAULT =
        new Timeouts(
            Duration.ofSeconds(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5));
  }
}
