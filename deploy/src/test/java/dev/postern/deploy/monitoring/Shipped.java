package dev.postern.deploy.monitoring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What an operator gets with the archive to watch Postern with. */
public final class Shipped {
  private static final Path ASSETS = Path.of("src", "main", "assets");

  /** For Prometheus; names {@link #RULES}. */
  public static final Path SCRAPE = ASSETS.resolve("prometheus.yml");

  public static final Path RULES = ASSETS.resolve("prometheus").resolve("postern.rules.yml");

  /** Of {@code promtool}, for those rules. */
  public static final Path RULE_TESTS =
      Path.of("src", "test", "resources", "prometheus", "postern.rules.test.yml");

  static final Path GRAFANA = ASSETS.resolve("grafana");
  static final Path DASHBOARD = GRAFANA.resolve("dashboards").resolve("postern.json");

  private Shipped() {}

  /** The alerts, in their order. */
  static List<JsonNode> alerts() throws IOException {
    List<JsonNode> alerts = new ArrayList<>();
    for (JsonNode group : yaml(RULES).path("groups")) {
      group.path("rules").forEach(alerts::add);
    }
    return alerts;
  }

  /** Of the alerts. */
  static List<Expression> ofRules() throws IOException {
    return alerts().stream()
        .map(
            rule -> new Expression(rule.path("alert").asString(), rule.path("expr").asString(), ""))
        .toList();
  }

  /** Of the dashboard's panels and variables. */
  public static List<Expression> ofDashboard() throws IOException {
    List<Expression> expressions = new ArrayList<>();
    for (JsonNode panel : dashboard().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(
            new Expression(
                panel.path("title").asString(),
                target.path("expr").asString(),
                target.path("legendFormat").asString()));
      }
    }
    return expressions;
  }

  static JsonNode dashboard() throws IOException {
    return JsonMapper.shared().readTree(Files.readString(DASHBOARD));
  }

  static JsonNode yaml(Path file) throws IOException {
    return YAMLMapper.shared().readTree(Files.readString(file));
  }
}
