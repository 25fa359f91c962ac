package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/metrics.md says against what a server shows. */
final class MetricsReferenceTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "metrics.md");

  private static final Pattern ROW =
      Pattern.compile("^\\| `(postern_[a-z_]+)(?:\\{([a-z,]+)})?` \\|", Pattern.MULTILINE);

  /** Parts of a histogram. */
  private static final Pattern PART = Pattern.compile("_seconds_(bucket|count|sum|max)$");

  /** The names that are promised, whatever the document says. */
  private static final Map<String, Set<String>> STABLE =
      Map.ofEntries(
          Map.entry("postern_login_attempts_total", Set.of("protocol", "mechanism", "outcome")),
          Map.entry("postern_login_seconds", Set.of("protocol")),
          Map.entry("postern_verification_seconds", Set.of("form", "source")),
          Map.entry("postern_verification_queue", Set.of()),
          Map.entry("postern_sessions", Set.of("protocol")),
          Map.entry("postern_connections_total", Set.of("protocol", "tls")),
          Map.entry("postern_connections_refused_total", Set.of("reason")),
          Map.entry("postern_relay_bytes_total", Set.of("protocol", "direction")),
          Map.entry("postern_upstream_login_seconds", Set.of("upstream", "protocol")),
          Map.entry("postern_upstream_failures_total", Set.of("upstream", "cause")),
          Map.entry("postern_oauth_refresh_total", Set.of("upstream", "outcome")),
          Map.entry("postern_revocation_seconds", Set.of()),
          Map.entry("postern_tls_handshakes_total", Set.of("version", "resumed")),
          Map.entry("postern_certificate_expiry_seconds", Set.of()));

  @Test
  void everyMetricIsInTheTableWithItsLabelsAndNoOther(@TempDir Path folder) throws Exception {
    Map<String, Set<String>> documented = documented(Files.readString(DOCUMENT));
    MetricsPage page = MetricsPage.of(folder);

    assertThat(shown(page)).isEqualTo(documented);
    assertThat(documented).containsAllEntriesOf(STABLE);
    assertThat(page.names())
        .anyMatch(name -> name.startsWith("cache_"))
        .anyMatch(name -> name.startsWith("hikaricp_"))
        .anyMatch(name -> name.startsWith("netty_allocator_"))
        .anyMatch(name -> name.startsWith("netty_eventexecutor_"))
        .anyMatch(name -> name.startsWith("jvm_"));
  }

  @Test
  void aRowThatIsMissingAndOneTooManyAreBothADifference() {
    MetricsPage page =
        MetricsPage.read(
            """
            # HELP postern_sessions Logged-in sessions being relayed
            postern_sessions{protocol="imap"} 3.0
            postern_login_seconds_bucket{protocol="imap",le="0.001"} 0
            postern_login_seconds_count{protocol="imap"} 0
            jvm_threads_live_threads 3.0
            """);
    String table =
        """
        | `postern_sessions{protocol}` | sessions |
        | `postern_login_seconds{protocol}` | histogram |
        """;
    assertThat(shown(page)).isEqualTo(documented(table));
    assertThat(shown(page)).isNotEqualTo(documented(table + "| `postern_more_total` | more |\n"));
    assertThat(shown(page)).isNotEqualTo(documented(table.lines().findFirst().orElseThrow()));
    assertThat(shown(page)).isNotEqualTo(documented(table.replace("{protocol}", "{upstream}")));
  }

  private static Map<String, Set<String>> documented(String text) {
    Map<String, Set<String>> documented = new TreeMap<>();
    Matcher row = ROW.matcher(text);
    while (row.find()) {
      String labels = row.group(2);
      documented.put(
          row.group(1), labels == null ? Set.of() : new TreeSet<>(List.of(labels.split(",", -1))));
    }
    return documented;
  }

  private static Map<String, Set<String>> shown(MetricsPage page) {
    Map<String, Set<String>> shown = new TreeMap<>();
    for (String name : page.names()) {
      if (name.startsWith("postern_")) {
        shown
            .computeIfAbsent(PART.matcher(name).replaceFirst("_seconds"), _ -> new TreeSet<>())
            .addAll(page.labels(name).orElseThrow().keySet());
      }
    }
    shown.values().forEach(labels -> labels.remove("le"));
    return shown;
  }
}
