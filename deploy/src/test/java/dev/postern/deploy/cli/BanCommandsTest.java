package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** {@code postern bans}, on SQLite. */
final class BanCommandsTest {
  private static final Map<String, String> NOWHERE = Map.of();

  private final Path folder;

  BanCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
  }

  @Test
  void addsListsAndRemoves() {
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    JsonNode added =
        good("bans", "add", "198.51.100.0/24", "--for", "1h", "--reason", "it scans").json();
    assertThat(added.path("network").asString()).isEqualTo("198.51.100.0/24");
    assertThat(added.path("kind").asString()).isEqualTo("deny");
    assertThat(added.path("reason").asString()).isEqualTo("it scans");
    assertThat(Instant.parse(added.path("endsAt").asString()))
        .isBetween(before.plusSeconds(3600), Instant.now().plusSeconds(3600));
    assertThat(good("bans", "add", "2001:db8::/32", "--until", "2999-12-31").json().path("endsAt"))
        .hasToString("\"2999-12-31T00:00:00Z\"");
    assertThat(good("bans", "add", "198.51.100.7", "--allow").json().path("endsAt").isNull())
        .isTrue();

    List<JsonNode> list = good("bans", "list").jsonLines();
    assertThat(list)
        .extracting(ban -> ban.path("network").asString())
        .containsExactly("198.51.100.0/24", "198.51.100.7/32", "2001:db8:0:0:0:0:0:0/32");
    assertThat(list.getFirst()).isEqualTo(added);
    assertThat(CommandRun.good(folder, "bans", "list").out())
        .containsPattern("NETWORK +KIND +ENDS")
        .containsPattern("198.51.100.7/32 +allow +never");
    assertThat(CommandRun.after(Duration.ofHours(2), folder, "bans", "list").out())
        .as("what has ended")
        .doesNotContain("it scans");

    assertThat(good("bans", "remove", "198.51.100.0/24").json().path("removed").asInt())
        .isEqualTo(1);
    CommandRun again = run(NOWHERE, "bans", "remove", "198.51.100.0/24");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.error().path("error").asString()).isEqualTo("not-found");
    assertThat(good("changes", "--action", "ban").jsonLines())
        .extracting(change -> change.path("action").asString())
        .containsExactly("ban.remove", "ban.add", "ban.add", "ban.add");
  }

  @Test
  void saysHowToBanWhereNothingIs() {
    assertThat(CommandRun.good(folder, "bans", "list").out()).contains("postern bans add NETWORK");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.0/16",
        "0.0.0.0/0",
        "::1",
        "::/0",
        "96.0.0.0/4",
        "2600::/12"
      })
  void aBanOfThisMachineOrOfHalfTheWorldNeedsForce(String network) {
    CommandRun refused = run(NOWHERE, "bans", "add", network);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.error().path("error").asString()).isEqualTo("own-network");
    assertThat(refused.error().path("remedy").asString()).contains("--force");
    assertThat(good("bans", "list").jsonLines()).isEmpty();

    good("bans", "add", network, "--allow");
    good("bans", "add", network, "--force");
    assertThat(good("bans", "list").jsonLines()).hasSize(2);
  }

  @Test
  void aBanOfWhereTheAdministratorIsLoggedInFromNeedsForce() {
    for (Map<String, String> environment :
        List.of(
            Map.of("SSH_CONNECTION", "203.0.113.9 50122 198.18.0.1 22"),
            Map.of("SSH_CLIENT", "203.0.113.9 50122 22"))) {
      CommandRun refused = run(environment, "bans", "add", "203.0.113.0/24");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.error().path("detail").asString())
          .contains("203.0.113.9")
          .contains("where you are logged in from");
      assertThat(run(environment, "bans", "add", "203.0.114.0/24").exitCode()).isZero();
    }
    CommandRun zoned =
        run(Map.of("SSH_CLIENT", "fe80::1%eth0 50122 22"), "bans", "add", "fe80::/64");
    assertThat(zoned.exitCode()).isEqualTo(1);
    assertThat(run(Map.of("SSH_CLIENT", "UNKNOWN"), "bans", "add", "203.0.113.0/24").exitCode())
        .isZero();
  }

  @Test
  void aBanOfAProxyOrATrustedClientNeedsForce() throws IOException {
    Path file = folder.resolve("postern.yaml");
    String yaml = Files.readString(file);
    Files.writeString(
        file,
        yaml.replaceFirst(
                "(?m)^( *- \\{ protocol: imap,[^}]*)\\}",
                "$1, proxy-protocol: true, trusted-proxies: [ \"203.0.113.10/32\" ] }")
            .replace("\nguard:\n", "\nguard:\n  trusted-clients: [ \"198.51.100.64/28\" ]\n"));
    assertThat(detail("203.0.113.0/25")).contains("a proxy of trusted-proxies", "203.0.113.10");
    assertThat(detail("198.51.100.70")).contains("a client of guard.trusted-clients");
    good("bans", "add", "203.0.113.128/25");
  }

  @Test
  void refusesWhatIsNoNetworkOrNoTime() {
    for (List<String> arguments :
        List.of(
            List.of("300.1.1.1"),
            List.of("mail.example.com"),
            List.of("198.51.100.7/24"),
            List.of("198.51.100.0/24", "--for", "soon"),
            List.of("198.51.100.0/24", "--until", "2001-01-01"),
            List.of("198.51.100.0/24", "--for", "1h", "--until", "2999-01-01"))) {
      List<String> line = new ArrayList<>(List.of("bans", "add"));
      line.addAll(arguments);
      assertThat(run(NOWHERE, line.toArray(String[]::new)).exitCode())
          .as(line.toString())
          .isEqualTo(2);
    }
    assertThat(good("bans", "list").jsonLines()).isEmpty();
  }

  private String detail(String network) {
    CommandRun refused = run(NOWHERE, "bans", "add", network);
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    return refused.error().path("detail").asString();
  }

  private CommandRun good(String... arguments) {
    CommandRun run = run(NOWHERE, arguments);
    assertThat(run.exitCode()).as(run.toString()).isZero();
    return run;
  }

  private CommandRun run(Map<String, String> environment, String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.add("--json");
    return CommandRun.in(environment, folder, line.toArray(String[]::new));
  }
}
