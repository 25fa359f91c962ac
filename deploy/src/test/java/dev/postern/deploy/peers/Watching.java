package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.monitoring.Shipped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is shipped for Prometheus, with a test's patience. */
final class Watching {
  private Watching() {}

  /**
   * Copies of the shipped files for one server of a test. Expressions and labels are those that are
   * shipped; it is scraped each second, and what must last for minutes must for {@code lasting}.
   *
   * @param lasting such as {@code 3s}
   * @return the configuration
   */
  static Path shipped(PeerFolder folder, int metricsPort, String lasting) throws IOException {
    String rules = Files.readString(Shipped.RULES);
    assertThat(rules).containsPattern("(?m)^        for: \\S+$");
    folder.folder("prometheus-shipped");
    Path scrape = folder.path().resolve("prometheus-shipped").resolve("prometheus.yml");
    Path copy = scrape.resolveSibling("prometheus").resolve(Shipped.RULES.getFileName());
    Files.createDirectories(copy.getParent());
    Files.writeString(copy, rules.replaceAll("(?m)^        for: \\S+$", "        for: " + lasting));
    String text = Files.readString(Shipped.SCRAPE);
    assertThat(text).contains("127.0.0.1:9587", "scrape_interval: 15s", "evaluation_interval: 15s");
    return Files.writeString(
        scrape,
        text.replace("127.0.0.1:9587", "127.0.0.1:" + metricsPort)
            .replace("_interval: 15s", "_interval: 1s"));
  }
}
