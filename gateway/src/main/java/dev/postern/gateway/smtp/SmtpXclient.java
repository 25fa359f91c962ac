package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
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
 * (XCLIENT_README), with what Dovecot adds. LOGIN is never said: the server is told who connects,
 * not who is let in.
 *
 * <p>One command, since ADDR must be in the last: from then on Postfix judges the connection by the
 * client's address, so that the client, once it is through, cannot say XCLIENT itself. With
 * everything as long as it can be it is within the 510 octets of RFC 5321 §4.5.3.1.4.
 */
final class SmtpXclient {
  static final String KEYWORD = "XCLIENT";

  /** Of a client's name, as xtext: a host name has as many. */
  private static final int LONGEST_HELO = 255;

  private static final String UNAVAILABLE = "[UNAVAILABLE]";

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
    if (!offered.contains("ADDR")) {
      return Optional.empty();
    }
    StringBuilder command = new StringBuilder(KEYWORD);
    attributes(identity)
        .forEach((name, value) -> {
          if (offered.contains(name)) {
            command.append(' ').append(name).append('=').append(value);
          }
        });
    return Optional.of(command.toString());
  }

  private static Map<String, String> attributes(ClientIdentity identity) {
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("NAME", UNAVAILABLE);
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
    attributes.put("ADDR", address(identity.client()));
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
