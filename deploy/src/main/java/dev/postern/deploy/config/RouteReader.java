package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.Upstream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code routes}. */
final class RouteReader {
  private static final String STRIP_DOMAIN = "strip-domain";

  /** Where names go that have lost their domain, and which domain that was. */
  private final Map<Place, String> stripped = new HashMap<>();

  private RouteReader() {}

  private record Place(String upstream, Optional<String> addedDomain) {}

  static List<Route> read(Section root, Map<String, Upstream> upstreams) {
    RouteReader reader = new RouteReader();
    List<Route> routes = new ArrayList<>();
    for (Section section : root.sections("routes")) {
      routes.add(reader.route(section, upstreams.keySet()));
    }
    if (!root.has("routes") && upstreams.size() == 1) {
      // There is only one place to go to.
      routes.add(new Route("*", upstreams.keySet().iterator().next()));
    }
    return routes;
  }

  private Route route(Section section, Set<String> upstreams) {
    String match =
        section.required(
            "match", RouteReader::pattern, "write a pattern such as \"*@example.com\"", "*");
    String upstream =
        section.required(
            "upstream",
            UpstreamReader.nameOf(upstreams),
            "name one of: " + String.join(", ", upstreams),
            "");
    boolean isStripped = section.withDefault(STRIP_DOMAIN, Values::truth, false);
    Optional<String> addedDomain = section.optional("add-domain", Values::mailDomain);
    boolean isLowerCase = section.withDefault("lower-case", Values::truth, false);
    section.end(Set.of());
    if (isStripped) {
      checkDomain(section, match, new Place(upstream, addedDomain));
    }
    return new Route(match, upstream, new MailboxRewriting(isStripped, addedDomain, isLowerCase));
  }

  /** In the spelling of names, or it would match nobody and the next route take them. */
  private static String pattern(String text) throws BadValue {
    String lower = Values.text(text).toLowerCase(Locale.ROOT);
    int at = lower.lastIndexOf('@');
    String domain = lower.substring(at + 1);
    String spelled =
        at < 0 || domain.indexOf('*') >= 0
            ? lower
            : lower.substring(0, at + 1) + Values.mailDomain(domain);
    if (!spelled.equals(text)) {
      throw new BadValue(
          "\"" + text + "\" is not as names are spelled here, so it would match nobody",
          "write \"" + spelled + "\"");
    }
    return text;
  }

  /** Without its domain a name is that of a user in another domain, whose mailbox it would open. */
  private void checkDomain(Section section, String match, Place place) {
    String domain = match.substring(match.lastIndexOf('@') + 1);
    if (match.indexOf('@') < 0 || domain.indexOf('*') >= 0) {
      section.problem(
          STRIP_DOMAIN,
          "users of the same name in different domains would have one mailbox",
          "name the domain, as in match: \"*@example.com\"");
      return;
    }
    String other = stripped.putIfAbsent(place, domain);
    if (other != null && !other.equals(domain)) {
      section.problem(
          STRIP_DOMAIN,
          "alice@"
              + other
              + " and alice@"
              + domain
              + " would have one mailbox at "
              + place.upstream(),
          "take it out here, write another add-domain, or make one an alias of the other:"
              + " postern user alias add");
    }
  }
}
