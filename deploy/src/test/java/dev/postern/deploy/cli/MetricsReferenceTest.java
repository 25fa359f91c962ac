package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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

  /** An upstream where people consent, beside the one that is there. */
  private static final String CLOUD =
      """
        cloud:
          imap: "imaps://imap.example.net:993"
          login: { method: oauth2, flow: device-code, client-id: postern, scopes: [ mail ],
              token-endpoint: "http://127.0.0.1:1/token", device-endpoint: "http://127.0.0.1:1/device" }
      """;

  private static final Pattern ROW =
      Pattern.compile("^\\| `(postern_[a-z_]+)(?:\\{([a-z,]+)})?` \\|", Pattern.MULTILINE);
  private static final Pattern SAMPLE =
      Pattern.compile("^(postern_[a-z_]+)(?:\\{(.*)})? [^ ]+$", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  /** Parts of a histogram. */
  private static final Pattern PART = Pattern.compile("_seconds_(bucket|count|sum|max)$");

  @Test
  void everyMetricIsInTheTableWithItsLabelsAndNoOther(@TempDir Path folder) throws Exception {
    String text = Files.readString(DOCUMENT);
    TreeMap<String, Set<String>> documented = new TreeMap<>();
    Matcher row = ROW.matcher(text);
    while (row.find()) {
      String labels = row.group(2);
      documented.put(
          row.group(1), labels == null ? Set.of() : new TreeSet<>(List.of(labels.split(",", -1))));
    }
    String shown = shown(folder);

    TreeMap<String, Set<String>> found = new TreeMap<>();
    Matcher sample = SAMPLE.matcher(shown);
    while (sample.find()) {
      found
          .computeIfAbsent(
              PART.matcher(sample.group(1)).replaceFirst("_seconds"), _ -> new TreeSet<>())
          .addAll(labels(sample.group(2)));
    }
    assertThat(found).isEqualTo(documented);
    assertThat(Arrays.stream(shown.split("\n", -1)).filter(line -> line.startsWith("cache_")))
        .isNotEmpty();
  }

  private static Set<String> labels(String text) {
    Set<String> names = new TreeSet<>();
    if (text != null) {
      Matcher label = LABEL.matcher(text);
      while (label.find()) {
        names.add(label.group(1));
      }
    }
    names.remove("le");
    return names;
  }

  private static String shown(Path folder) throws Exception {
    prepare(folder);
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json");
        HttpClient client = HttpClient.newHttpClient()) {
      int port = serve.awaitLine("protocol", "admin").path("port").asInt();
      serve.awaitLine("event", "ready");
      String body =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(serve.stop()).isZero();
      return body;
    }
  }

  private static void prepare(Path folder) throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace("upstreams:\n", "upstreams:\n" + CLOUD)
            .replaceAll("\\[::]:[0-9]+", "127.0.0.1:0")
            .replace("127.0.0.1:8080", "127.0.0.1:0"));
  }
}
