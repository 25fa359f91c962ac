package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The XCLIENT command that tells a server of the client behind us, as Postfix defines it
 * (XCLIENT_README), with what Dovecot adds. LOGIN, who is let in, is said where our word is all
 * there is to log in with, and nowhere else.
 *
 * <p>One command, since ADDR must be in the last: from then on Postfix judges the connection by the
 * client's address, so that the client, once it is through, cannot say XCLIENT itself. It forgets a
 * LOGIN that is not in the last, either. Without LOGIN, with everything as long as it can be, the
 * command is within {@value #LINE_LIMIT} octets.
 */
final class SmtpXclient {
  static final String KEYWORD = "XCLIENT";

  /** Of a client's name, as xtext: a host name has as many. */
  private static final int LONGEST_HELO = 255;

  private static final String UNAVAILABLE = "[UNAVAILABLE]";

  /** RFC 5321 §4.5.3.1.4, without the line end. */
  private static final int LINE_LIMIT = 510;

  private static final String NAME = "NAME";
  private static final String LOGIN = "LOGIN";
  private static final String ADDR = "ADDR";

  private SmtpXclient() {}

  /** The attributes that a server takes, in upper case; none if it does not offer XCLIENT. */
  static Set<String> offered(List<String> features) {
    return features.stream()
        .map(line -> line.toUpperCase(Locale.ROOT).split("[ \t]+"))
        .filter(words -> words[0].equals(KEYWORD))
        .flatMap(words -> Stream.of(words).skip(1))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The command, without line end; none if the server does not take the address. */
  static Optional<String> command(ClientIdentity identity, Collection<String> offered) {
    if (!offered.contains(ADDR)) {
      return Optional.empty();
    }
    Map<String, String> attributes = attributes(identity);
    attributes.put(ADDR, address(identity.client()));
    return Optional.of(command(attributes, offered));
  }

  /** Whether a server takes who is let in, and the address that shuts XCLIENT behind it. */
  static boolean takesLogin(Collection<String> offered) {
    return offered.contains(LOGIN) && offered.contains(ADDR);
  }

  /**
   * The command that lets somebody in, without line end; none if it cannot say the mailbox's name.
   * NAME and ADDR are always in it: Postfix may trust ours. What else there is to tell is left out
   * where there is no room.
   *
   * @param told what the server is told of the client beside its address
   * @param offered must have what {@link #takesLogin} asks for
   */
  static Optional<String> login(
      OurWord word, Optional<ClientIdentity> told, Collection<String> offered) {
    // To Postfix this is no name: it would go on without a login.
    if (word.mailbox().isEmpty() || word.mailbox().equalsIgnoreCase(UNAVAILABLE)) {
      return Optional.empty();
    }
    Map<String, String> least = new LinkedHashMap<>();
    least.put(NAME, UNAVAILABLE);
    return Stream.concat(told.stream().map(SmtpXclient::attributes), Stream.of(least))
        .map(attributes -> {
          attributes.put(LOGIN, xtext(word.mailbox()));
          attributes.put(ADDR, word.client().map(SmtpXclient::address).orElse(UNAVAILABLE));
          return command(attributes, offered);
        })
        .filter(command -> command.length() <= LINE_LIMIT)
        .findFirst();
  }

  private static String command(Map<String, String> attributes, Collection<String> offered) {
    StringBuilder command = new StringBuilder(KEYWORD);
    attributes.forEach((name, value) -> {
      if (offered.contains(name)) {
        command.append(' ').append(name).append('=').append(value);
      }
    });
    return command.toString();
  }

  /** All but the address, which comes last. */
  private static Map<String, String> attributes(ClientIdentity identity) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put(NAME, UNAVAILABLE);
    attributes.put("PORT", Integer.toString(identity.client().port()));
    attributes.put("PROTO", "ESMTP");
    attributes.put("HELO", identity.clientName().isEmpty() ? UNAVAILABLE : helo(identity));
    attributes.put("DESTADDR", address(identity.server()));
    attributes.put("DESTPORT", Integer.toString(identity.server().port()));
    attributes.put("SESSION", xtext(identity.session()));
    attributes.put("TTL", Integer.toString(ClientIdentity.HOPS_LEFT));
    if (identity.isEncrypted()) {
      attributes.put("CLIENT-TRANSPORT", "TLS");
    }
    return attributes;
  }

  /** As much of the name, in whole characters, as a line has room for whatever they are. */
  private static String helo(ClientIdentity identity) {
    StringBuilder helo = new StringBuilder();
    for (int point : identity.clientName().codePoints().toArray()) {
      String character = xtext(Character.toString(point));
      if (helo.length() + character.length() > LONGEST_HELO) {
        break;
      }
      helo.append(character);
    }
    return helo.toString();
  }

  private static String address(Endpoint endpoint) {
    return endpoint.isIpv6() ? "IPV6:" + endpoint.address() : endpoint.address();
  }

  /** RFC 3461 §4. */
  private static String xtext(String text) {
    StringBuilder xtext = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b > ' ' && b < 0x7f && b != '+' && b != '=') {
        xtext.append((char) b);
      } else {
        xtext.append('+').append("%02X".formatted(b));
      }
    }
    return xtext.toString();
  }
}
