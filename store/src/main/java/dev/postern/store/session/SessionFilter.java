package dev.postern.store.session;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which sessions are meant: those of which all that is given is true; given nothing, all.
 *
 * @param id of one session
 * @param userId immutable id, never a name
 * @param credentialId of an app password
 * @param address where the client is
 * @param client part of what the client calls itself, whatever the case
 * @param node name or id of a node
 */
public record SessionFilter(
    Optional<String> id,
    Optional<String> userId,
    Optional<String> credentialId,
    Optional<Scope> protocol,
    Optional<Cidr> address,
    Optional<String> client,
    Optional<String> upstream,
    Optional<String> node) {

  /** Characters of {@link #text}. */
  public static final int LONGEST_TEXT = 2000;

  /** Characters of each part. */
  private static final int LONGEST_PART = 300;

  private static final String EVERY = "all";
  private static final String ID = "id";
  private static final String USER = "user";
  private static final String CREDENTIAL = "app-password";
  private static final String PROTOCOL = "protocol";
  private static final String ADDRESS = "address";
  private static final String CLIENT = "client";
  private static final String UPSTREAM = "upstream";
  private static final String NODE = "node";
  private static final List<String> NAMES =
      List.of(ID, USER, CREDENTIAL, PROTOCOL, ADDRESS, CLIENT, UPSTREAM, NODE);

  /** Every session. */
  public static final SessionFilter ALL =
      new SessionFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /**
   * @throws RefusedException {@code INVALID} if a part is longer than anything it could be of
   */
  public SessionFilter {
    for (Optional<String> part : List.of(id, userId, credentialId, client, upstream, node)) {
      if (part.filter(text -> text.isEmpty() || text.length() > LONGEST_PART).isPresent()) {
        throw new RefusedException(
            RefusedException.Code.INVALID,
            "no session has anything of the kind that is empty or so long",
            "Use 1 to " + LONGEST_PART + " characters.");
      }
    }
  }

  public SessionFilter ofUser(String immutableId) {
    return new SessionFilter(
        id, Optional.of(immutableId), credentialId, protocol, address, client, upstream, node);
  }

  /** Whether a session of the node that asks is meant; which node that is, is not looked at. */
  public boolean matches(LiveSession session) {
    SessionStart start = session.start();
    return is(id, start.id())
        && is(userId, start.userId())
        && is(credentialId, start.credentialId())
        && protocol.map(start.protocol()::equals).orElse(true)
        && address.map(network -> network.contains(start.peer().getAddress())).orElse(true)
        && client.map(part -> folded(start.clientName()).contains(folded(part))).orElse(true)
        && upstream.map(name -> session.upstream().equals(Optional.of(name))).orElse(true);
  }

  private static boolean is(Optional<String> wanted, String value) {
    return wanted.map(value::equals).orElse(true);
  }

  private static String folded(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** As it travels and as the audit keeps it: {@code user=…&protocol=imap}, or {@code all}. */
  public String text() {
    Map<String, String> parts = new LinkedHashMap<>();
    id.ifPresent(text -> parts.put(ID, text));
    userId.ifPresent(text -> parts.put(USER, text));
    credentialId.ifPresent(text -> parts.put(CREDENTIAL, text));
    protocol.ifPresent(scope -> parts.put(PROTOCOL, scope.word()));
    address.ifPresent(network -> parts.put(ADDRESS, network.toString()));
    client.ifPresent(text -> parts.put(CLIENT, text));
    upstream.ifPresent(text -> parts.put(UPSTREAM, text));
    node.ifPresent(text -> parts.put(NODE, text));
    return parts.isEmpty()
        ? EVERY
        : parts.entrySet().stream()
            .map(part ->
                part.getKey() + "=" + URLEncoder.encode(part.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
  }

  /** Reads {@link #text}; empty if anything in it is not understood: that could mean fewer. */
  public static Optional<SessionFilter> parse(String text) {
    if (text.equals(EVERY)) {
      return Optional.of(ALL);
    }
    try {
      Map<String, String> parts =
          Arrays.stream(text.split("&", -1))
              .map(part -> part.split("=", 2))
              .collect(
                  Collectors.toMap(
                      part -> part[0], part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8)));
      if (!NAMES.containsAll(parts.keySet())) {
        return Optional.empty();
      }
      return Optional.of(
          new SessionFilter(
              Optional.ofNullable(parts.get(ID)),
              Optional.ofNullable(parts.get(USER)),
              Optional.ofNullable(parts.get(CREDENTIAL)),
              Optional.ofNullable(parts.get(PROTOCOL)).map(SessionFilter::protocol),
              Optional.ofNullable(parts.get(ADDRESS)).map(Cidr::parse),
              Optional.ofNullable(parts.get(CLIENT)),
              Optional.ofNullable(parts.get(UPSTREAM)),
              Optional.ofNullable(parts.get(NODE))));
    } catch (IllegalArgumentException
        | IllegalStateException
        | ArrayIndexOutOfBoundsException
        | RefusedException _) {
      return Optional.empty();
    }
  }

  private static Scope protocol(String word) {
    return Scope.ofWord(word).orElseThrow(() -> new IllegalArgumentException(word));
  }
}
