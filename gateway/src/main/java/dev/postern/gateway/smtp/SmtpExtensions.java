package dev.postern.gateway.smtp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The SMTP extensions that a client may be told of before we know which upstream it will reach:
 * those that all of them have and that need nothing from us. What is not in {@link #CARRIED} is
 * never announced, whatever an upstream says.
 */
public final class SmtpExtensions {

  static final String STARTTLS = "STARTTLS";
  static final String ENHANCEDSTATUSCODES = "ENHANCEDSTATUSCODES";

  private static final String SIZE = "SIZE";
  private static final String EIGHT_BIT = "8BITMIME";
  private static final String UTF8 = "SMTPUTF8";

  /** In the order they are announced in. */
  private static final List<String> CARRIED =
      List.of(SIZE, EIGHT_BIT, "PIPELINING", ENHANCEDSTATUSCODES, UTF8, "CHUNKING", "DSN");

  private SmtpExtensions() {}

  /**
   * The EHLO lines that hold for every one of the upstreams; none if there are no upstreams. SIZE
   * is the smallest (RFC 1870 §3; 0 and no number mean no fixed limit), SMTPUTF8 is dropped without
   * 8BITMIME (RFC 6531 §3.1).
   *
   * @param features for each upstream the lines of its answer to EHLO, without the first
   */
  public static List<String> announce(Collection<List<String>> features) {
    List<String> lines = new ArrayList<>();
    for (String keyword : CARRIED) {
      boolean needsEightBit = keyword.equals(UTF8);
      if (isOfferedByAll(features, keyword)
          && (!needsEightBit || isOfferedByAll(features, EIGHT_BIT))) {
        lines.add(keyword.equals(SIZE) ? size(features) : keyword);
      }
    }
    return List.copyOf(lines);
  }

  /**
   * The keywords among announced lines that a client may act upon, so that an upstream without them
   * would refuse its commands. ENHANCEDSTATUSCODES is only about replies.
   */
  public static List<String> promised(List<String> announced) {
    return announced.stream()
        .map(SmtpExtensions::keyword)
        .filter(keyword -> CARRIED.contains(keyword) && !keyword.equals(ENHANCEDSTATUSCODES))
        .distinct()
        .toList();
  }

  /** The keyword of an EHLO line in upper case, RFC 5321 §4.1.1.1. */
  static String keyword(String line) {
    String stripped = line.strip();
    int end = stripped.indexOf(' ');
    return (end < 0 ? stripped : stripped.substring(0, end)).toUpperCase(Locale.ROOT);
  }

  private static boolean isOfferedByAll(Collection<List<String>> features, String keyword) {
    return !features.isEmpty() && features.stream().allMatch(lines -> offers(lines, keyword));
  }

  /** Whether one of an upstream's EHLO lines has this keyword, in any case. */
  static boolean offers(List<String> lines, String keyword) {
    for (String line : lines) {
      if (keyword(line).equalsIgnoreCase(keyword)) {
        return true;
      }
    }
    return false;
  }

  private static String size(Collection<List<String>> features) {
    OptionalLong smallest =
        features.stream()
            .flatMap(List::stream)
            .filter(line -> keyword(line).equals(SIZE))
            .mapToLong(SmtpExtensions::octets)
            .filter(octets -> octets > 0)
            .min();
    return smallest.isPresent() ? SIZE + " " + smallest.getAsLong() : SIZE;
  }

  /** The number of a SIZE line; 0 if it has none that we can read. */
  private static long octets(String line) {
    String number = line.strip().substring(SIZE.length()).strip();
    boolean isNumber =
        !number.isEmpty()
            && number.length() <= 18
            && number.chars().allMatch(c -> c >= '0' && c <= '9');
    return isNumber ? Long.parseLong(number) : 0;
  }
}
