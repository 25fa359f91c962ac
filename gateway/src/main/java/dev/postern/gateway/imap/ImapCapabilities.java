package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.sasl.Mechanism;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What we announce before login, and what of an upstream's announcement reaches the client after
 * it. RFC 9051 §6.1.1 and §7.2.2.
 */
final class ImapCapabilities {
  static final String SASL_IR = "SASL-IR";
  static final String ID = "ID";
  static final String STARTTLS = "STARTTLS";
  static final String LOGINDISABLED = "LOGINDISABLED";
  static final String AUTH = "AUTH=";

  private static final List<String> AUTHS =
      Stream.of(Mechanism.values()).map(mechanism -> AUTH + mechanism.name()).toList();

  /** The most words taken from an upstream. */
  static final int MOST = 128;

  /**
   * What would lead a logged-in client back behind the login, through our connection and with our
   * trust: UNAUTHENTICATE (RFC 8437), or away from us: referrals (RFC 2221, RFC 2193).
   */
  private static final Set<String> NEVER =
      Set.of(
          STARTTLS,
          LOGINDISABLED,
          "UNAUTHENTICATE",
          "X-UNAUTHENTICATE",
          "LOGIN-REFERRALS",
          "MAILBOX-REFERRALS");

  private static final String COMPRESS = "COMPRESS=";
  private static final String CATENATE = "CATENATE";

  private ImapCapabilities() {}

  /** Before login: no mechanism is named where none would be taken. */
  static List<String> beforeLogin(SessionFacts facts, Tls tls) {
    List<String> words = new ArrayList<>(List.of("IMAP4rev1", SASL_IR, ID));
    switch (tls) {
      case ON, OFF -> words.addAll(AUTHS);
      case REQUIRED -> words.addAll(List.of(STARTTLS, LOGINDISABLED));
    }
    for (String extra : afterLogin(facts.extensions())) {
      if (!has(words, extra)) {
        words.add(extra);
      }
    }
    return words;
  }

  /** After login: the upstream's words without those that are untrue or unsafe through us. */
  static List<String> afterLogin(List<String> upstream) {
    List<String> words = new ArrayList<>();
    for (String word : upstream) {
      if (words.size() < MOST && isWord(word) && !isHidden(word.toUpperCase(Locale.ROOT))) {
        words.add(word);
      }
    }
    return words;
  }

  /**
   * The same where the session is watched, without what the tap would end it for when used as
   * announced: what is compressed cannot be watched, RFC 4978, and a CATENATE, RFC 4469, with
   * literals that do not wait is not trusted.
   */
  static List<String> afterLogin(UpstreamSession session) {
    List<String> words = afterLogin(session.features());
    return session.isWatched()
        ? words.stream()
            .filter(word -> !word.regionMatches(true, 0, COMPRESS, 0, COMPRESS.length()))
            .filter(word -> !word.equalsIgnoreCase(CATENATE))
            .toList()
        : words;
  }

  /** Whether a list has the word, in any case. */
  static boolean has(List<String> words, String wanted) {
    for (String word : words) {
      if (word.equalsIgnoreCase(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** The mechanisms that a list announces. */
  static List<String> mechanisms(List<String> words) {
    List<String> mechanisms = new ArrayList<>();
    for (String word : words) {
      if (word.regionMatches(true, 0, AUTH, 0, AUTH.length())) {
        mechanisms.add(word.substring(AUTH.length()));
      }
    }
    return mechanisms;
  }

  private static boolean isHidden(String word) {
    return word.startsWith(AUTH) || NEVER.contains(word);
  }

  /** A word that cannot end the response code or the line it is put into. */
  private static boolean isWord(String word) {
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == ']') {
        return false;
      }
    }
    return !word.isEmpty();
  }
}
