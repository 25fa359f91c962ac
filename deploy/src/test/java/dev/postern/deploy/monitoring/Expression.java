package dev.postern.deploy.monitoring;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An expression in Prometheus' language, as far as one must understand it to know what it asks for.
 * Whether it is one at all, Prometheus is asked.
 *
 * @param where the alert or panel that it is of
 * @param legend names labels in double braces
 */
public record Expression(String where, String text, String legend) {
  private static final Pattern SELECTOR =
      Pattern.compile("(?<![\\w$\"])([a-zA-Z_][\\w:]*)\\s*(\\{[^}]*}|\\()?");
  private static final Pattern MATCHER =
      Pattern.compile("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring)\\s*\\(([^)]*)\\)");
  private static final Pattern IN_LEGEND = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

  /** Labels of one metric that the values are compared with. */
  record Selector(String metric, List<LabelMatcher> matchers) {}

  /**
   * A comparison.
   *
   * @param values those that it names, one by one
   */
  record LabelMatcher(String label, List<String> values) {}

  /** The text with something in place of what Grafana puts in. */
  public String withoutVariables() {
    return text.replace("$__rate_interval", "5m").replace("$instance", ".*");
  }

  /** The metrics that it reads. */
  List<Selector> selectors() {
    List<Selector> found = new ArrayList<>();
    Matcher selector = SELECTOR.matcher(GROUPING.matcher(withoutVariables()).replaceAll(" "));
    while (selector.find()) {
      String braces = selector.group(2);
      if (!"(".equals(braces) && !WORDS.contains(selector.group(1))) {
        found.add(new Selector(selector.group(1), matchers(braces == null ? "" : braces)));
      }
    }
    return found;
  }

  private static List<LabelMatcher> matchers(String braces) {
    return MATCHER
        .matcher(braces)
        .results()
        .map(found -> {
          boolean isPattern = found.group(2).endsWith("~");
          return new LabelMatcher(
              found.group(1),
              isPattern ? List.of(found.group(3).split("\\|", -1)) : List.of(found.group(3)));
        })
        .toList();
  }

  /** Labels that it groups by, or that the legend names. */
  Set<String> namedLabels() {
    Set<String> labels = new TreeSet<>();
    GROUPING
        .matcher(text)
        .results()
        .flatMap(grouping -> Pattern.compile("\\w+").matcher(grouping.group(1)).results())
        .forEach(label -> labels.add(label.group()));
    IN_LEGEND.matcher(legend).results().forEach(label -> labels.add(label.group(1)));
    return labels;
  }
}
