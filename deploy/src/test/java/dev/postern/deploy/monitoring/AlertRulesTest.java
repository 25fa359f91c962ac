package dev.postern.deploy.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Each alert says what it is, is explained, and is tried out. */
final class AlertRulesTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "metrics.md");
  private static final Pattern HEADING = Pattern.compile("^### (Postern\\w+)$", Pattern.MULTILINE);

  @Test
  void eachSaysWhatItIsHowBadAndWhereToReadOn() throws IOException {
    assertThat(Shipped.alerts())
        .isNotEmpty()
        .allSatisfy(alert -> {
          JsonNode annotations = alert.path("annotations");
          String name = alert.path("alert").asString();
          assertThat(annotations.path("summary").asString("")).as(name).isNotBlank();
          assertThat(annotations.path("description").asString("")).as(name).isNotBlank();
          assertThat(annotations.path("runbook").asString(""))
              .isEqualTo("docs/metrics.md#" + name.toLowerCase(Locale.ROOT));
          assertThat(alert.path("labels").path("severity").asString(""))
              .as(name)
              .isIn("critical", "warning");
        });
  }

  @Test
  void theDocumentHasASectionForEachAndForNoOther() throws IOException {
    List<String> sections =
        HEADING
            .matcher(Files.readString(DOCUMENT))
            .results()
            .map(heading -> heading.group(1))
            .toList();

    assertThat(sections)
        .containsExactlyElementsOf(
            Shipped.alerts().stream().map(alert -> alert.path("alert").asString()).toList());
  }

  @Test
  void eachIsTriedWhereItFiresAndWhereItDoesNot() throws IOException {
    Set<String> firing = new TreeSet<>();
    Set<String> quiet = new TreeSet<>();
    for (JsonNode test : Shipped.yaml(Shipped.RULE_TESTS).path("tests")) {
      for (JsonNode moment : test.path("alert_rule_test")) {
        (moment.path("exp_alerts").isEmpty() ? quiet : firing)
            .add(moment.path("alertname").asString());
      }
    }
    Set<String> all = new TreeSet<>();
    Shipped.alerts().forEach(alert -> all.add(alert.path("alert").asString()));

    assertThat(firing).isEqualTo(all);
    assertThat(quiet).isEqualTo(all);
  }
}
