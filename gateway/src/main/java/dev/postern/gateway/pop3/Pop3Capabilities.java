package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.sasl.Mechanism;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What CAPA lists before login, RFC 2449 §6. Clients do not ask again after it, so what concerns
 * the mailbox is listed only if every upstream of the listener has it.
 */
public final class Pop3Capabilities {
  static final String STLS = "STLS";

  private static final String SASL = "SASL";
  private static final String MECHANISMS =
      Stream.of(Mechanism.values())
          .map(Mechanism::name)
          .collect(Collectors.joining(" ", SASL + " ", ""));

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
        lines.add(MECHANISMS);
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
    for (String line : lines) {
      if (words(line).getFirst().equals(word)) {
        return true;
      }
    }
    return false;
  }

  /** The mechanisms that a server lists, in upper case. */
  static List<String> mechanisms(List<String> lines) {
    Set<String> mechanisms = new LinkedHashSet<>();
    for (String line : lines) {
      List<String> words = words(line);
      if (words.getFirst().equals(SASL)) {
        mechanisms.addAll(words.subList(1, words.size()));
      }
    }
    return List.copyOf(mechanisms);
  }

  /** At least one, which is empty in an empty line. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.toUpperCase(Locale.ROOT).replace('\t', ' ').strip().split(" ", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words.isEmpty() ? List.of("") : words;
  }
}
