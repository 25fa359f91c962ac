package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Postern that has done some work tells Prometheus. */
@Tag("peers")
class PrometheusTest {
  private static final Path SCRAPE = Path.of("src/main/assets/prometheus.yml");
  private static final String ALICE = "alice@example.test";

  @TempDir Path folder;

  @Test
  void takesTheShippedConfigurationAndFindsNothingToCriticise() throws IOException {
    Program.run("promtool", "check", "config", SCRAPE.toString()).succeeded();
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

        try (PrometheusServer prometheus =
            PrometheusServer.start(house.folder(), shipped(house, postern))) {
          Awaitility.await()
              .atMost(Duration.ofSeconds(60))
              .pollInterval(Duration.ofMillis(250))
              .until(() -> value(prometheus, "up{job=\"postern\"}").equals("1"));
          assertThat(value(prometheus, attempts("accepted"))).isEqualTo("1");
          assertThat(value(prometheus, attempts("rejected"))).isEqualTo("1");
          assertThat(value(prometheus, "count(jvm_memory_used_bytes) > bool 0")).isEqualTo("1");
          assertThat(value(prometheus, "hikaricp_connections")).isNotEmpty();
        }
      }
    }
  }

  @Test
  void takesTheDocumentedRules() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "metrics.md"));
    String fence = "```";
    int begin = document.indexOf(fence + "yaml\n") + 8;
    Path rules = folder.resolve("rules.yml");
    Files.writeString(rules, document.substring(begin, document.indexOf(fence, begin)));

    Program.Result verdict = Program.run("promtool", "check", "rules", rules.toString());

    assertThat(verdict.succeeded().out()).contains("SUCCESS: 12 rules found");
  }

  private static String attempts(String outcome) {
    return "sum(postern_login_attempts_total{protocol=\"imap\",outcome=\"" + outcome + "\"})";
  }

  private static void login(MailHouse house, PosternServer postern, Account account) {
    try (ImapLogin login = ImapLogin.attempt(house.certificates(), postern.imaps(), account)) {
      assertThat(login.reply()).startsWith("a ");
    }
  }

  /** The shipped file, but for the port and the patience. */
  private static Path shipped(MailHouse house, PosternServer postern) throws IOException {
    String text = Files.readString(SCRAPE);
    assertThat(text).contains("127.0.0.1:9587").contains("scrape_interval: 15s");
    return house
        .folder()
        .write(
            "prometheus.yml",
            text.replace("127.0.0.1:9587", "127.0.0.1:" + postern.metrics())
                .replace("scrape_interval: 15s", "scrape_interval: 1s"));
  }

  private static String value(PrometheusServer prometheus, String expression) {
    return prometheus.query(expression).path(0).path("value").path(1).asString("");
  }
}
