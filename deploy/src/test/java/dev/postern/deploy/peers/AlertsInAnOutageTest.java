package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A real Prometheus with the shipped rules watches a Postern that loses what it depends on: the
 * alert is pending, then fires, and is gone when all is well again.
 */
@Tag("peers")
class AlertsInAnOutageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String LASTING = "3s";
  private static final String GONE = "gone";

  @Test
  void anUpstreamThatIsStoppedIsAnAlertUntilItIsBack() throws Exception {
    try (PeerFolder folder = PeerFolder.make()) {
      ImapServerInClear mail = new ImapServerInClear();
      PosternSite site =
          PosternSite.make(
              folder,
              PeerCertificates.make(folder.path()),
              mail.upstreams(),
              "  database: \"sqlite:postern.db\"");
      try (PosternServer postern = site.serve();
          PrometheusServer prometheus = watching(folder, postern)) {
        Account alice = site.account("alice@example.test");
        assertThat(reply(postern, alice)).startsWith("a OK");
        isScraped(prometheus);
        assertThat(state(prometheus, "PosternUpstreamAway", "imap")).isEqualTo(GONE);

        mail.close();
        until(() -> {
          assertThat(reply(postern, alice)).startsWith("a NO [UNAVAILABLE]");
          return state(prometheus, "PosternUpstreamAway", "imap").equals("pending");
        });
        until(() -> state(prometheus, "PosternUpstreamAway", "imap").equals("firing"));

        try (ImapServerInClear again = mail.again()) {
          assertThat(again).isNotNull();
          until(() -> reply(postern, alice).startsWith("a OK"));
          until(() -> state(prometheus, "PosternUpstreamAway", "imap").equals(GONE));
        }
      }
    }
  }

  @Test
  void aDatabaseThatIsStoppedIsAnAlertUntilItIsBack() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      try (PosternServer postern = site.serve();
          PrometheusServer prometheus = watching(folder, postern)) {
        isScraped(prometheus);
        assertThat(state(prometheus, "PosternDatabaseAway")).isEqualTo(GONE);

        database.stop();
        until(() -> state(prometheus, "PosternDatabaseAway").equals("pending"));
        until(() -> state(prometheus, "PosternDatabaseAway").equals("firing"));
        assertThat(state(prometheus, "PosternDown")).isEqualTo(GONE);

        database.start();
        until(() -> state(prometheus, "PosternDatabaseAway").equals(GONE));
      }
    }
  }

  private static PrometheusServer watching(PeerFolder folder, PosternServer postern)
      throws Exception {
    Path configuration = Watching.shipped(folder, postern.metrics(), LASTING);
    return PrometheusServer.start(folder, configuration);
  }

  private static void isScraped(PrometheusServer prometheus) {
    until(() -> !prometheus.query("up{job=\"postern\"} == 1").isEmpty());
  }

  private static void until(BooleanSupplier isSo) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(isSo::getAsBoolean);
  }

  /** Without the labels that Prometheus was told; {@link #GONE} if there is no such alert. */
  private static String state(PrometheusServer prometheus, String name) {
    return state(prometheus.alerts(), name, "");
  }

  private static String state(PrometheusServer prometheus, String name, String protocol) {
    return state(prometheus.alerts(), name, protocol);
  }

  private static String state(List<JsonNode> alerts, String name, String protocol) {
    return alerts.stream()
        .filter(alert -> alert.path("labels").path("alertname").asString("").equals(name))
        .filter(alert -> alert.path("labels").path("protocol").asString("").equals(protocol))
        .map(alert -> alert.path("state").asString(""))
        .findFirst()
        .orElse(GONE);
  }

  private static String reply(PosternServer postern, Account account) {
    try (ImapSession session = ImapSession.attempt(postern.imapInClear(), account)) {
      return session.reply();
    }
  }
}
