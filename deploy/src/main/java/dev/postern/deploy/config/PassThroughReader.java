package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.auth.Scope;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads {@code pass-through}: who may still use his own password. */
final class PassThroughReader {
  private static final String KEY = "pass-through";
  private static final List<String> WHO = List.of("user", "group", "domain");

  /** In routes. */
  private static final String EVERYBODY = "*";

  private static final Map<String, Mode> MODES =
      Stream.of(Mode.values())
          .collect(
              Collectors.toMap(Mode::word, mode -> mode, (one, _) -> one, () -> new TreeMap<>()));

  private final Map<String, Mode> users = new HashMap<>();
  private final Map<String, Mode> groups = new HashMap<>();
  private final Map<String, Mode> domains = new HashMap<>();

  private PassThroughReader() {}

  static PassThrough read(Section root) {
    PassThroughReader reader = new PassThroughReader();
    root.sections(KEY).forEach(reader::rule);
    return new PassThrough(reader.users, reader.groups, reader.domains);
  }

  /** Passwords of people are not sent in clear, whatever is allowed of our own. */
  static void requireProtection(
      Section root, PassThrough passThrough, Collection<Upstream> upstreams) {
    if (!passThrough.isOpen()) {
      return;
    }
    for (Upstream upstream : upstreams) {
      for (Endpoint endpoint : upstream.endpoints().values()) {
        if (endpoint.security() == Security.CLEAR && !Loopback.isLoopback(endpoint.host())) {
          root.problem(
              KEY,
              "people's own passwords would cross the network to "
                  + endpoint.host()
                  + " in clear text",
              "use TLS in the URLs of upstreams." + upstream.name());
        }
      }
    }
  }

  /** What keeps people from their mail, or from knowing what to do, and is no error. */
  static void warn(
      Section root, PassThrough passThrough, GatewayConfig gateway, Problems warnings) {
    if (!passThrough.isOpen()) {
      return;
    }
    String untold =
        gateway.upstreams().values().stream()
            .sorted(Comparator.comparing(Upstream::name))
            .map(upstream -> Map.entry(upstream.name(), untold(upstream, gateway.listeners())))
            .filter(upstream -> !upstream.getValue().isEmpty())
            .map(upstream -> upstream.getKey() + " (" + upstream.getValue() + ")")
            .collect(Collectors.joining(", "));
    if (!untold.isEmpty()) {
      warnings.add(
          root.at(KEY),
          KEY,
          "people's own passwords go to upstreams that are not told the client's address, so"
              + " that their brakes on wrong ones slow down everybody: "
              + untold,
          "write identify there, and what docs/moving-in.md says of the server");
    }
    boolean isAnybodyWarned =
        Stream.of(passThrough.users(), passThrough.groups(), passThrough.domains())
            .anyMatch(modes -> modes.containsValue(Mode.WARN));
    if (isAnybodyWarned && gateway.help().equals(Help.NONE)) {
      warnings.add(
          root.at(KEY),
          KEY,
          "tells people to make an app password, and not where",
          "write help: { text: …, url: … }");
    }
  }

  /** The protocols in which clients get there with their own passwords, and it is not told. */
  private static String untold(Upstream upstream, List<Listener> listeners) {
    if (!takesOwnPasswords(upstream.login()) || upstream.identify().proxyProtocol().isPresent()) {
      return "";
    }
    return upstream.endpoints().keySet().stream()
        .sorted()
        .filter(protocol -> !upstream.identify().tells(protocol))
        .filter(protocol ->
            listeners.stream()
                .anyMatch(listener ->
                    listener.protocol() == protocol
                        && listener.lane() == Lane.ORDINARY
                        && listener.upstream().orElse(upstream.name()).equals(upstream.name())))
        .map(Scope::word)
        .collect(Collectors.joining(", "));
  }

  private static boolean takesOwnPasswords(LoginMethod login) {
    return switch (login) {
      case LoginMethod.MasterUser _, LoginMethod.StoredPassword _, LoginMethod.PassThrough _ ->
          true;
      case LoginMethod.Fixed _,
          LoginMethod.Trusted _,
          LoginMethod.OAuth2 _,
          LoginMethod.SignedToken _ ->
          false;
    };
  }

  private void rule(Section section) {
    List<String> named = WHO.stream().filter(section::has).toList();
    if (named.size() != 1) {
      section.problem(
          named.isEmpty() ? "names nobody" : "names more than one: " + String.join(", ", named),
          "write one of user:, group: and domain:");
    }
    section.require("mode", "write observe, warn or enforce");
    Mode mode = section.withDefault("mode", Values.word(MODES, List.of()), Mode.ENFORCE);
    if (named.stream().anyMatch(key -> isPattern(section, key))) {
      return;
    }
    section
        .optional("user", PassThroughReader::user)
        .ifPresent(user -> add(section, "user", users, user, mode));
    section
        .optional("group", text -> Values.text(text).toLowerCase(Locale.ROOT))
        .ifPresent(group -> add(section, "group", groups, group, mode));
    section
        .optional("domain", Values::mailDomain)
        .ifPresent(domain -> add(section, "domain", domains, domain, mode));
    section.end(Set.of());
  }

  /** Whether it names nobody and was meant to name many; that is an error. */
  private static boolean isPattern(Section section, String key) {
    Optional<String> pattern =
        section
            .optional(key, Values::text)
            .filter(text -> text.equals(EVERYBODY) || (key.equals("domain") && text.contains("*")));
    pattern.ifPresent(text ->
        section.problem(
            key, "\"" + text + "\" is no name here: nobody would be meant", "name each domain"));
    return pattern.isPresent();
  }

  private static void add(
      Section section, String key, Map<String, Mode> known, String name, Mode mode) {
    if (known.putIfAbsent(name, mode) != null) {
      section.problem(key, name + " is named twice", "leave one of the two out");
    }
  }

  private static String user(String text) throws BadValue {
    return LoginName.parse(text)
        .filter(LoginName::fitsUser)
        .map(LoginName::value)
        .orElseThrow(() ->
            new BadValue(
                "\"" + text + "\" cannot be the name of a user",
                "write a name as in: postern user list"));
  }
}
