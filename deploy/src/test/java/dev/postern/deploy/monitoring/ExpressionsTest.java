package dev.postern.deploy.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.cli.MetricsPage;
import dev.postern.deploy.monitoring.Expression.LabelMatcher;
import dev.postern.deploy.monitoring.Expression.Selector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The shipped dashboard and rules against what a server shows: every metric, label and value. */
final class ExpressionsTest {
  /** What Prometheus itself knows. */
  private static final Map<String, Set<String>> OF_PROMETHEUS =
      Map.of("up", Set.of(), "ALERTS", Set.of("alertname", "alertstate"));

  private static final Set<String> OF_EVERY_SCRAPE = Set.of("job", "instance");

  @Test
  void whatTheDashboardAndTheRulesAskForIsThere(@TempDir Path folder) throws Exception {
    MetricsPage page = MetricsPage.of(folder);
    List<Expression> expressions =
        Stream.concat(Shipped.ofDashboard().stream(), Shipped.ofRules().stream()).toList();
    List<String> missing =
        expressions.stream().flatMap(one -> missing(one, page).stream()).distinct().toList();
    assertThat(missing).isEmpty();
    assertThat(expressions).hasSizeGreaterThan(50);
  }

  @Test
  void whatIsNotThereIsFound() {
    MetricsPage page =
        MetricsPage.read(
            """
            postern_sessions{protocol="imap"} 3
            postern_login_seconds_bucket{protocol="imap",le="1.0"} 3
            """);
    assertThat(missing(of("sum(postern_session)"), page))
        .containsExactly("of a test: postern_session");
    assertThat(missing(of("postern_sessions{proto=\"imap\"}"), page))
        .containsExactly("of a test: postern_sessions{proto}");
    assertThat(missing(of("postern_sessions{protocol=~\"imap|smtp\"}"), page))
        .containsExactly("of a test: postern_sessions{protocol=smtp}");
    assertThat(missing(of("sum by (reason) (rate(postern_sessions[5m])) > 0.5"), page))
        .containsExactly("of a test: reason");
    assertThat(missing(new Expression("of a test", "postern_sessions", "{{upstream}}"), page))
        .containsExactly("of a test: upstream");
    assertThat(missing(of("up{job=\"postern\"} == 0 or vector(0)"), page)).isEmpty();
    assertThat(
            missing(
                of(
                    "histogram_quantile(0.9, sum by (le, protocol) (rate(postern_login_seconds_bucket[$__rate_interval])))"),
                page))
        .isEmpty();
  }

  /** An operator has Prometheus under whatever name. */
  @Test
  void everyPanelAsksTheDataSourceThatIsChosen() throws IOException {
    JsonNode dashboard = Shipped.dashboard();
    JsonNode variable = dashboard.path("templating").path("list").path(0);
    assertThat(variable.path("name").asString()).isEqualTo("datasource");
    assertThat(variable.path("type").asString()).isEqualTo("datasource");
    assertThat(variable.path("query").asString()).isEqualTo("prometheus");
    List<Integer> ids = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      ids.add(panel.path("id").asInt());
      if (!panel.path("type").asString().equals("row")) {
        assertThat(panel.path("datasource").path("uid").asString()).isEqualTo("${datasource}");
        assertThat(panel.path("targets"))
            .isNotEmpty()
            .allMatch(
                target -> target.path("datasource").path("uid").asString().equals("${datasource}"));
      }
    }
    assertThat(ids).doesNotHaveDuplicates();
  }

  /** The archive keeps it where the provisioning file says. */
  @Test
  void theDashboardIsWhereGrafanaIsToldToLook() throws IOException {
    JsonNode provider =
        Shipped.yaml(Shipped.GRAFANA.resolve("provisioning/dashboards/postern.yml"))
            .path("providers")
            .path(0);
    Path path = Path.of(provider.path("options").path("path").asString());
    assertThat(Path.of("/opt/postern/share").relativize(path))
        .isEqualTo(Path.of("src/main/assets").relativize(Shipped.DASHBOARD.getParent()));
  }

  private static Expression of(String text) {
    return new Expression("of a test", text, "");
  }

  private static List<String> missing(Expression expression, MetricsPage page) {
    List<String> missing = new ArrayList<>();
    Set<String> known = new TreeSet<>(OF_EVERY_SCRAPE);
    for (Selector selector : expression.selectors()) {
      String metric = selector.metric();
      Set<String> own = OF_PROMETHEUS.get(metric);
      if (own != null) {
        known.addAll(own);
      } else if (page.labels(metric).isEmpty()) {
        missing.add(metric);
      } else {
        known.addAll(page.labels(metric).get().keySet());
        selector.matchers().stream()
            .filter(matcher -> !OF_EVERY_SCRAPE.contains(matcher.label()))
            .forEach(matcher -> missing.addAll(missing(metric, matcher, page)));
      }
    }
    if (missing.isEmpty()) {
      expression.namedLabels().stream()
          .filter(label -> !known.contains(label))
          .forEach(missing::add);
    }
    return missing.stream().map(what -> expression.where() + ": " + what).toList();
  }

  private static List<String> missing(String metric, LabelMatcher matcher, MetricsPage page) {
    Set<String> shown = page.labels(metric).orElseThrow().get(matcher.label());
    if (shown == null) {
      return List.of(metric + "{" + matcher.label() + "}");
    }
    return matcher.values().stream()
        .filter(value -> !shown.contains(value))
        .map(value -> metric + "{" + matcher.label() + "=" + value + "}")
        .toList();
  }
}
