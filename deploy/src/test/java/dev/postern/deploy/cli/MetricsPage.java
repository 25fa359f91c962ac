package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server shows at {@code /metrics}. */
public final class MetricsPage {
  /** An upstream where people consent, beside the one that is there. */
  private static final String CLOUD =
      """
        cloud:
          imap: "imaps://imap.example.net:993"
          login: { method: oauth2, flow: device-code, client-id: postern, scopes: [ mail ],
              token-endpoint: "http://127.0.0.1:1/token", device-endpoint: "http://127.0.0.1:1/device" }
      """;

  private static final Pattern SAMPLE =
      Pattern.compile("^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? [^ ]+$", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final Map<String, Map<String, Set<String>>> series;

  private MetricsPage(Map<String, Map<String, Set<String>>> series) {
    this.series = series;
  }

  /** That of a server with all kinds of upstreams, once garbage was collected in it. */
  public static MetricsPage of(Path folder) throws Exception {
    prepare(folder);
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json");
        HttpClient client = HttpClient.newHttpClient()) {
      int port = serve.awaitLine("protocol", "admin").path("port").asInt();
      serve.awaitLine("event", "ready");
      URI address = URI.create("http://127.0.0.1:" + port + "/metrics");
      HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(10)).build();
      String page =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> {
                    System.gc();
                    return client.send(request, BodyHandlers.ofString()).body();
                  },
                  text -> text.contains("jvm_gc_pause_seconds_sum"));
      assertThat(serve.stop()).isZero();
      return read(page);
    }
  }

  /** Takes a page apart. */
  public static MetricsPage read(String page) {
    Map<String, Map<String, Set<String>>> series = new TreeMap<>();
    Matcher sample = SAMPLE.matcher(page);
    while (sample.find()) {
      Map<String, Set<String>> labels =
          series.computeIfAbsent(sample.group(1), _ -> new TreeMap<>());
      String text = sample.group(2);
      if (text != null) {
        LABEL
            .matcher(text)
            .results()
            .forEach(label ->
                labels.computeIfAbsent(label.group(1), _ -> new TreeSet<>()).add(label.group(2)));
      }
    }
    return new MetricsPage(series);
  }

  /** The names of all series, those of the parts of histograms included. */
  Set<String> names() {
    return series.keySet();
  }

  /** Labels of a series with their values; empty if there is no such series. */
  public Optional<Map<String, Set<String>>> labels(String name) {
    return Optional.ofNullable(series.get(name));
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
