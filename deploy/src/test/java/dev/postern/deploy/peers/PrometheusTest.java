package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.monitoring.Expression;
import dev.postern.deploy.monitoring.Shipped;
import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Postern that has done some work tells Prometheus. */
@Tag("peers")
class PrometheusTest {
  private static final String ALICE = "alice@example.test";

  @TempDir Path folder;

  @Test
  void takesTheShippedConfigurationAndFindsNothingToCriticise() throws IOException {
    Program.run("promtool", "check", "config", Shipped.SCRAPE.toString()).succeeded();
    try (MailHouse house = MailHouse.open(List.of(ALICE))) {
      try (PosternServer postern = house.site().serve()) {
        Account alice = house.site().account(ALICE);
        Account wrong = new Account(ALICE, "0000111122223333", alice.id());
        login(house, postern, alice);
        login(house, postern, wrong);

        String metrics =
            Program.run("curl", "-sS", "http://127.0.0.1:" + postern.metrics() + "/metrics")
                .succeeded()
                .out();
        Program.Result verdict =
            Program.run(
                List.of("promtool", "check", "metrics"), metrics, Duration.ofMinutes(1), Map.of());
        assertThat(verdict.out() + verdict.err()).isEmpty();
        assertThat(verdict.exit()).isZero();
        assertThat(metrics).doesNotContain(ALICE).doesNotContain(alice.password());

        Path configuration = Watching.shipped(house.folder(), postern.metrics(), "1m");
        try (PageInText text = PageInText.of(metrics);
            PrometheusServer prometheus =
                PrometheusServer.start(house.folder(), text.andScraped(configuration))) {
          until(() -> value(prometheus, "up{job=\"postern\"}").equals("1"));
          assertThat(value(prometheus, attempts("accepted"))).isEqualTo("1");
          assertThat(value(prometheus, attempts("rejected"))).isEqualTo("1");
          assertThat(value(prometheus, "count(jvm_memory_used_bytes{job=\"postern\"}) > bool 0"))
              .isEqualTo("1");
          assertThat(value(prometheus, "hikaricp_connections{job=\"postern\"}")).isNotEmpty();
          showsWhichSessionsTookSoLong(prometheus, postern);
          // The same page in the format without exemplars.
          until(() -> value(prometheus, "up{job=\"text\"}").equals("1"));
          assertThat(
                  value(
                      prometheus,
                      "count({job=\"text\",__name__=~\"postern_.*\"})"
                          + " == bool count({job=\"postern\",__name__=~\"postern_.*\"})"))
              .isEqualTo("1");
        }
      }
    }
  }

  /** By the words of the log. */
  private static void showsWhichSessionsTookSoLong(
      PrometheusServer prometheus, PosternServer postern) {
    for (String timer :
        List.of("postern_login_seconds_bucket", "postern_upstream_login_seconds_bucket")) {
      until(() -> !prometheus.exemplars(timer).isEmpty());
      assertThat(prometheus.exemplars(timer))
          .allSatisfy(exemplar -> {
            assertThat(exemplar.path("labels").propertyNames()).containsExactly("session");
            String session = exemplar.path("labels").path("session").asString();
            assertThat(postern.process().printed()).contains(" session=" + session + " ");
          });
    }
  }

  @Test
  void takesTheShippedRulesAndEachFiresWhereItShould() {
    Program.Result verdict = Program.run("promtool", "check", "rules", Shipped.RULES.toString());
    assertThat(verdict.succeeded().out()).contains("SUCCESS: 17 rules found");

    Program.run("promtool", "test", "rules", Shipped.RULE_TESTS.toString()).succeeded();
  }

  @Test
  void understandsEveryExpressionOfTheDashboard() throws IOException {
    List<Expression> expressions = Shipped.ofDashboard();
    StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
    for (int i = 0; i < expressions.size(); i++) {
      rules
          .append("      - record: expression:")
          .append(i)
          .append("\n        expr: '")
          .append(expressions.get(i).withoutVariables().replace("'", "''"))
          .append("'\n");
    }
    Path file = Files.writeString(folder.resolve("rules.yml"), rules);

    Program.Result verdict = Program.run("promtool", "check", "rules", file.toString());

    assertThat(verdict.succeeded().out())
        .contains("SUCCESS: " + expressions.size() + " rules found");
  }

  private static String attempts(String outcome) {
    return "sum(postern_login_attempts_total{job=\"postern\",protocol=\"imap\",outcome=\""
        + outcome
        + "\"})";
  }

  private static void login(MailHouse house, PosternServer postern, Account account) {
    try (ImapLogin login = ImapLogin.attempt(house.certificates(), postern.imaps(), account)) {
      assertThat(login.reply()).startsWith("a ");
    }
  }

  private static void until(BooleanSupplier isSo) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(250))
        .until(isSo::getAsBoolean);
  }

  private static String value(PrometheusServer prometheus, String expression) {
    return prometheus.query(expression).path(0).path("value").path(1).asString("");
  }
}
