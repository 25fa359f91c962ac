package dev.postern.gateway.smtp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

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

  /** Those of them that are not about replies alone. */
  public static final List<String> ACTED_UPON =
      CARRIED.stream().filter(keyword -> !keyword.equals(ENHANCEDSTATUSCODES)).toList();

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
   * The same on a listener that has a floor: its lines always, and what those upstreams have beside
   * it that are not below it. The others take nothing from anybody; their own users' logins fail.
   */
  public static List<String> announce(List<String> floor, Collection<List<String>> features) {
    List<String> beside =
        announce(features.stream().filter(lines -> missing(floor, lines).isEmpty()).toList());
    List<String> lines = new ArrayList<>();
    for (String keyword : CARRIED) {
      Stream.of(beside, floor)
          .flatMap(List::stream)
          .filter(line -> keyword(line).equals(keyword))
          .findFirst()
          .ifPresent(lines::add);
    }
    return List.copyOf(lines);
  }

  /**
   * Whether a line may be in a listener's floor: a keyword that clients act upon, or SIZE with the
   * octets that every upstream takes at least.
   */
  public static boolean isFloor(String line) {
    return ACTED_UPON.contains(line) || line.matches("SIZE [1-9][0-9]{0,17}");
  }

  /** The lines of a floor that an upstream does not come up to. */
  static List<String> missing(List<String> floor, List<String> features) {
    return floor.stream().filter(line -> !meets(features, line)).toList();
  }

  private static boolean meets(List<String> features, String line) {
    long octets = keyword(line).equals(SIZE) ? octets(line) : 0;
    return features.stream()
        .filter(feature -> keyword(feature).equals(keyword(line)))
        .anyMatch(feature -> octets == 0 || octets(feature) == 0 || octets(feature) >= octets);
  }

  /**
   * The keywords among announced lines that a client may act upon, so that an upstream without them
   * would refuse its commands.
   */
  public static List<String> promised(List<String> announced) {
    return announced.stream()
        .map(SmtpExtensions::keyword)
        .filter(ACTED_UPON::contains)
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

  /** What the AUTH lines list, in the form of RFC 4954 §3 or the older {@code AUTH=}. */
  static List<String> mechanisms(List<String> features) {
    Set<String> mechanisms = new LinkedHashSet<>();
    for (String feature : features) {
      String line = feature.toUpperCase(Locale.ROOT);
      if (line.startsWith("AUTH ") || line.startsWith("AUTH=")) {
        for (String word : line.substring(5).replace('\t', ' ').split(" ", -1)) {
          mechanisms.add(word);
        }
      }
    }
    mechanisms.remove("");
    return List.copyOf(mechanisms);
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
