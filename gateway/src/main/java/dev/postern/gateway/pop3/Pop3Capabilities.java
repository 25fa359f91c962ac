package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.sasl.Mechanism;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What CAPA lists before login, RFC 2449 §6. Clients do not ask again after it, so what concerns
 * the mailbox is listed only if every upstream of the listener has it.
 */
public final class Pop3Capabilities {
  static final String STLS = "STLS";

  private static final String SASL = "SASL";

  /** Of the mailbox, in the order they are listed in. */
  private static final List<String> CARRIED = List.of("TOP", "UIDL", "PIPELINING");

  /** What every server of this century has; while none was asked yet, so as to turn nobody away. */
  private static final List<String> PRESUMED = List.of("TOP", "UIDL");

  private Pop3Capabilities() {}

  /**
   * The capabilities of the mailbox that hold for every one of the upstreams.
   *
   * @param offers for each upstream that was asked the lines of its answer to CAPA
   */
  public static List<String> announce(Collection<List<String>> offers) {
    return offers.isEmpty()
        ? PRESUMED
        : CARRIED.stream()
            .filter(word -> offers.stream().allMatch(lines -> offers(lines, word)))
            .toList();
  }

  /** Every line: ways to log in only where they would be taken, RFC 2595 §4. */
  static List<String> beforeLogin(SessionFacts facts, Tls tls) {
    List<String> lines = new ArrayList<>(facts.extensions());
    switch (tls) {
      case ON, OFF -> {
        lines.add("USER");
        lines.add(
            Stream.of(Mechanism.values())
                .map(Mechanism::name)
                .collect(Collectors.joining(" ", SASL + " ", "")));
      }
      case REQUIRED -> lines.add(STLS);
    }
    if (facts.maySpeakForOthers(tls)) {
      lines.add("XCLIENT");
    }
    lines.add("RESP-CODES");
    lines.add("AUTH-RESP-CODE");
    return lines;
  }

  /** Whether one of a server's lines has this word, in any case. */
  static boolean offers(List<String> lines, String word) {
    return lines.stream().anyMatch(line -> words(line).findFirst().orElse("").equals(word));
  }

  /** The mechanisms that a server lists, in upper case. */
  static List<String> mechanisms(List<String> lines) {
    return lines.stream()
        .map(line -> words(line).toList())
        .filter(words -> words.getFirst().equals(SASL))
        .flatMap(words -> words.stream().skip(1))
        .distinct()
        .toList();
  }

  private static Stream<String> words(String line) {
    return Stream.of(line.strip().toUpperCase(Locale.ROOT).split("[ \t]+"));
  }
}
