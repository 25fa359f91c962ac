package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.gateway.GatewayConfig.Budgets;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads one of {@code upstreams}. */
final class UpstreamReader {

  /** For a URL that was reported: its protocol is spoken all the same. */
  private static final Endpoint STAND_IN = new Endpoint("localhost", 1, Security.IMPLICIT_TLS);

  private static final Map<String, Method> METHODS = methods();
  private static final Map<String, Watch> WATCHES = watches();
  private static final int MOST_SESSIONS = 1000;

  /** How an upstream's login is written. */
  private enum Method {
    MASTER_USER,
    STORED_PASSWORD,
    OAUTH2,
    FIXED,
    TRUSTED,
    PASS_THROUGH,
    SIGNED_TOKEN
  }

  private final References references;
  private final CertificateReader certificates;
  private final List<InlineSecret> inlineSecrets = new ArrayList<>();

  UpstreamReader(References references, CertificateReader certificates) {
    this.references = references;
    this.certificates = certificates;
  }

  List<InlineSecret> inlineSecrets() {
    return List.copyOf(inlineSecrets);
  }

  /** A reader for the name of an upstream that exists. */
  static ValueReader<String> nameOf(Collection<String> known) {
    return text -> {
      if (!known.contains(text)) {
        throw new BadValue(
            "there is no upstream \"" + text + "\"", NearestName.remedy(text, known));
      }
      return text;
    };
  }

  /**
   * Reads one of them.
   *
   * @param serverName what we call ourselves
   * @param shared learns of its secrets
   */
  Upstream read(String name, Section section, String serverName, SharedSecrets shared) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,31}")) {
      section.problem("is no usable name", "use 1 to 32 letters, digits, hyphens, underscores");
    }
    boolean isClearAllowed = section.withDefault("allow-cleartext", Values::truth, false);
    Optional<Preset> preset = section.optional("preset", Values.word(Preset.words(), List.of()));
    Map<Scope, Endpoint> endpoints = new EnumMap<>(Scope.class);
    preset.ifPresent(known -> endpoints.putAll(known.endpoints()));
    for (Scope scope : List.of(Scope.IMAP, Scope.SUBMISSION, Scope.POP3)) {
      if (section.has(scope.word())) {
        endpoints.put(
            scope,
            section.withDefault(scope.word(), EndpointUrl.reader(scope, isClearAllowed), STAND_IN));
      }
    }
    if (endpoints.isEmpty()) {
      section.require(
          "imap", "write imap:, submission: or pop3: with the server's URL, or a preset");
    }
    Optional<Path> trust = section.withDefault("trust", this::trust, Optional.empty());
    Optional<CertificateFiles> clientCertificate = certificates.readClient(section);
    if (section.has(CertificateReader.CLIENT_CERTIFICATE)
        && endpoints.values().stream().allMatch(at -> at.security() == Security.CLEAR)) {
      section.problem(
          CertificateReader.CLIENT_CERTIFICATE,
          "no URL of this upstream has TLS",
          "write one with TLS, such as submissions://, or leave the key out");
    }
    LoginMethod login = login(name, section, serverName, preset, endpoints, shared);
    Identify identify = identify(section.section("identify"));
    Watch watch = section.withDefault("watch", Values.word(WATCHES, List.of()), Watch.AUTO);
    Budgets budgets =
        budgets(section.section("budgets"), preset.map(Preset::budgets).orElse(Budgets.NONE));
    section.end(Set.of());
    return new Upstream(name, endpoints, trust, login, identify, watch, budgets, clientCertificate);
  }

  private static Identify identify(Section identify) {
    Map<String, Optional<ProxyProtocol>> versions = new LinkedHashMap<>();
    versions.put("none", Optional.empty());
    versions.put("v1", Optional.of(ProxyProtocol.V1));
    versions.put("v2", Optional.of(ProxyProtocol.V2));
    Identify result =
        new Identify(
            identify.withDefault("imap-id", Values::truth, false),
            identify.withDefault("xclient", Values::truth, false),
            identify.withDefault(
                "proxy-protocol", Values.word(versions, List.of()), Optional.empty()));
    identify.end(Set.of());
    return result;
  }

  private static Budgets budgets(Section budgets, Budgets known) {
    ValueReader<Integer> sessions = Values.integer(1, MOST_SESSIONS);
    Budgets result =
        new Budgets(
            budgets.optional(Scope.IMAP.word(), sessions).or(known::imap),
            budgets.optional(Scope.SUBMISSION.word(), sessions).or(known::submission),
            budgets.optional(Scope.POP3.word(), sessions).or(known::pop3));
    budgets.end(Set.of());
    return result;
  }

  private static Map<String, Watch> watches() {
    Map<String, Watch> words = new LinkedHashMap<>();
    words.put("auto", Watch.AUTO);
    words.put("always", Watch.ALWAYS);
    words.put("never", Watch.NEVER);
    return words;
  }

  private Optional<Path> trust(String text) throws BadValue {
    return text.equals("system")
        ? Optional.empty()
        : Optional.of(Values.existingFile(references).read(text));
  }

  private LoginMethod login(
      String name,
      Section upstream,
      String serverName,
      Optional<Preset> preset,
      Map<Scope, Endpoint> endpoints,
      SharedSecrets shared) {
    Section login = upstream.section("login");
    if (!upstream.has("login")) {
      upstream.require("login", "write login: { method: stored-password }, or master-user");
      return new LoginMethod.StoredPassword();
    }
    login.require("method", "write one of: " + String.join(", ", METHODS.keySet()));
    Optional<Method> method = login.optional("method", Values.word(METHODS, List.of()));
    if (method.isEmpty()) {
      // The other keys belong to a method nobody can name: what is wrong with them is not known.
      return new LoginMethod.StoredPassword();
    }
    LoginMethod result =
        switch (method.get()) {
          case STORED_PASSWORD -> new LoginMethod.StoredPassword();
          case PASS_THROUGH -> new LoginMethod.PassThrough();
          case MASTER_USER -> masterUser(login);
          case FIXED -> fixed(login, endpoints);
          case TRUSTED -> TrustedReader.read(login, upstream, endpoints);
          case OAUTH2 -> {
            TokenHosts.requireProtection(login, endpoints);
            yield new OAuthReader(references, certificates, inlineSecrets)
                .read(name, login, preset, endpoints);
          }
          case SIGNED_TOKEN -> {
            TokenHosts.requireProtection(login, endpoints);
            yield new SignedTokenReader(references, serverName)
                .read(login)
                .orElseGet(LoginMethod.StoredPassword::new);
          }
        };
    shared.add(name, login, result, endpoints);
    login.end(Set.of());
    return result;
  }

  private static Map<String, Method> methods() {
    Map<String, Method> words = new LinkedHashMap<>();
    words.put("master-user", Method.MASTER_USER);
    words.put("stored-password", Method.STORED_PASSWORD);
    words.put("oauth2", Method.OAUTH2);
    words.put("signed-token", Method.SIGNED_TOKEN);
    words.put("fixed", Method.FIXED);
    words.put("trusted", Method.TRUSTED);
    words.put("pass-through", Method.PASS_THROUGH);
    return words;
  }

  /** Whoever has an app password for it reads that mailbox: nobody is to learn that later. */
  private LoginMethod fixed(Section login, Map<Scope, Endpoint> endpoints) {
    boolean isShared = login.withDefault("shared-mailbox", Values::truth, false);
    List<String> reading =
        Stream.of(Scope.IMAP, Scope.POP3).filter(endpoints::containsKey).map(Scope::word).toList();
    if (!isShared && !reading.isEmpty()) {
      login.problem(
          "method",
          "everybody who comes to this upstream would read one mailbox, since it has "
              + String.join(" and ", reading),
          "leave submission alone, or write shared-mailbox: true here if that is meant");
    }
    noteInlineSecret(login);
    return new LoginMethod.Fixed(
        login.required("user", Values::text, "write the account's name", ""),
        login.requiredSecret("password", "write \"${file:secrets/relay}\""));
  }

  private void noteInlineSecret(Section login) {
    if (login.isWrittenHere("password")) {
      inlineSecrets.add(new InlineSecret(login.at("password"), login.pathOf("password")));
    }
  }

  private LoginMethod masterUser(Section login) {
    noteInlineSecret(login);
    return new LoginMethod.MasterUser(
        login.required("user", Values::text, "write the master user's name", ""),
        login.requiredSecret("password", "write \"${file:secrets/master}\""),
        login.optional("separator", UpstreamReader::separator));
  }

  private static String separator(String text) throws BadValue {
    if (!text.matches("[!-~]")) {
      throw new BadValue(
          "\"" + text + "\" is not a separator",
          "write one printable character, such as \"*\" (auth_master_user_separator in Dovecot)");
    }
    return text;
  }
}
