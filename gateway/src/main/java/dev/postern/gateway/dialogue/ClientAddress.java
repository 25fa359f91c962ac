package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Cidr;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whom a trusted client says it speaks for.
 *
 * @param host a network of one
 * @param port 0 if it was not said
 */
public record ClientAddress(Cidr host, int port) {

  /** Unspecified, multicast and reserved ones are nobody's. */
  private static final List<Cidr> NOBODY =
      Stream.of("0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8").map(Cidr::parse).toList();

  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final int LARGEST_PORT = 65_535;
  private static final int LONGEST_LITERAL = 45;
  private static final String IPV6_PREFIX = "IPV6:";

  /**
   * Reads it; empty if it is no address of one host, or no port.
   *
   * @param port perhaps empty
   */
  public static Optional<ClientAddress> parse(String address, String port) {
    boolean isLiteral =
        address.length() <= LONGEST_LITERAL
            && (IPV4.matcher(address).matches() || IPV6.matcher(address).matches());
    boolean isPort =
        port.isEmpty() || (PORT.matcher(port).matches() && Integer.parseInt(port) <= LARGEST_PORT);
    if (!isLiteral || !isPort) {
      return Optional.empty();
    }
    try {
      Cidr host = Cidr.parse(address);
      return NOBODY.stream().anyMatch(network -> network.contains(host.address()))
          ? Optional.empty()
          : Optional.of(new ClientAddress(host, port.isEmpty() ? 0 : Integer.parseInt(port)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** Reads ADDR and PORT of XCLIENT's attributes, as Postfix and Dovecot write them. */
  public static Optional<ClientAddress> ofXclient(String attributes) {
    Map<String, String> values =
        Stream.of(attributes.strip().split("[ \t]+"))
            .map(attribute -> attribute.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(
                Collectors.toMap(
                    pair -> pair[0].toUpperCase(Locale.ROOT), pair -> pair[1], (_, last) -> last));
    String address = values.getOrDefault("ADDR", "");
    boolean isMarked = address.regionMatches(true, 0, IPV6_PREFIX, 0, IPV6_PREFIX.length());
    return parse(
        isMarked ? address.substring(IPV6_PREFIX.length()) : address,
        values.getOrDefault("PORT", ""));
  }
}
