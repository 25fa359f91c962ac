package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Upstreams as operators see them, of a node that runs. */
final class UpstreamsCommandTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Path folder;

  UpstreamsCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replaceAll("\\[::]:[0-9]+", "127.0.0.1:0")
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("imaps://imap.example.com:993", "imap://127.0.0.1:1")
            .replace("submission+starttls://smtp.example.com:587", "submission://127.0.0.1:1"));
  }

  @Test
  void saysHowARunningNodeFindsEach() throws Exception {
    JsonNode before = CommandRun.good(folder, "upstreams", "--json").json();
    assertThat(before.path("upstream").asString()).isEqualTo("mailstore");
    assertThat(before.path("loginMethod").asString()).isEqualTo("stored-password");
    assertThat(before.path("endpoints").findValuesAsString("url"))
        .containsExactly(
            "imap://127.0.0.1:1", "submission://127.0.0.1:1", "pop3s://imap.example.com:995");
    assertThat(before.path("states").isEmpty()).isTrue();
    assertThat(CommandRun.good(folder, "upstreams").out())
        .contains("mailstore: stored-password, imap://127.0.0.1:1", "no node says how it does");

    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");

      // A probe finds nobody at port 1.
      await()
          .atMost(LONGEST)
          .untilAsserted(() -> {
            List<JsonNode> states =
                CommandRun.good(folder, "upstreams", "--json")
                    .json()
                    .path("states")
                    .valueStream()
                    .toList();
            assertThat(states).hasSize(3);
            assertThat(states.getFirst().path("protocol").asString()).isEqualTo("imap");
            assertThat(states.getFirst().path("lastFailure").path("cause").asString())
                .isEqualTo("connect");
            assertThat(states.getFirst().path("loginsMost").asInt()).isPositive();
          });
      assertThat(CommandRun.good(folder, "upstreams").out())
          .contains("NODE", "CIRCUIT", "imap", "connect: ");
    }
    assertThat(CommandRun.good(folder, "upstreams", "--json").json().path("states").isEmpty())
        .isTrue();
  }
}
