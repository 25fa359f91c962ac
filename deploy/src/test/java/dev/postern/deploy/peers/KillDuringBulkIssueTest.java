package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Store;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code kill -9} in the middle of {@code app-password create --users-from}: what was printed is in
 * the database, because a line is printed after its commit only.
 */
@Tag("peers")
class KillDuringBulkIssueTest {
  private static final int USERS = 1_000;
  private static final int SEEDS = 10;

  @Test
  void everyPrintedPasswordStillLogsIn() throws Exception {
    try (PeerFolder folder = PeerFolder.make()) {
      PeerCertificates certificates = PeerCertificates.make(folder.path());
      PosternSite site =
          PosternSite.make(folder, certificates, UPSTREAMS, "  database: \"sqlite:postern.db\"");
      Path users =
          folder.write(
              "users.txt",
              IntStream.range(0, USERS)
                  .mapToObj(number -> "user%04d@example.test%n".formatted(number))
                  .collect(Collectors.joining()));
      // Short commands do not make a database.
      assertAllLogIn(site, List.of());
      int cutShort = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        int lines = new Random(seed).nextInt(USERS);
        List<JsonNode> printed = killAfter(lines, site, users, seed);
        assertThat(printed).hasSizeGreaterThanOrEqualTo(lines);
        cutShort += printed.size() < USERS ? 1 : 0;
        assertAllLogIn(site, printed);
      }
      assertThat(cutShort).as("runs that were killed before they had ended").isPositive();
    }
  }

  /** The whole lines that were printed before the process was killed, at least that many. */
  private static List<JsonNode> killAfter(int lines, PosternSite site, Path users, int seed) {
    Path log = site.folder().path().resolve("bulk" + seed + ".log");
    List<String> command =
        site.command(
            "app-password",
            "create",
            "--users-from",
            users.toString(),
            "--create-users",
            "--label",
            "bulk " + seed);
    try (PeerProcess bulk = PeerProcess.start("bulk", log, command)) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> lines(bulk.printed()).size() >= lines || !bulk.isAlive());
      bulk.kill();
      return lines(bulk.printed());
    }
  }

  private static List<JsonNode> lines(String printed) {
    return printed
        .substring(0, printed.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith("{\"user\""))
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  private static void assertAllLogIn(PosternSite site, List<JsonNode> printed) throws Exception {
    var configuration = new ConfigLoader(System.getenv()).load(site.configuration());
    try (Store store = Store.open(configuration.store(), Store.Schema.MIGRATE, Clock.systemUTC())) {
      for (JsonNode line : printed) {
        byte[] secret = line.get("password").asString().getBytes(StandardCharsets.US_ASCII);
        Attempt attempt =
            new Attempt(
                line.get("user").asString(),
                Secret.owning(secret),
                Scope.IMAP,
                Protection.TLS_1_3,
                "PLAIN",
                InetAddress.ofLiteral("127.0.0.1"),
                "");
        assertThat(store.verifier().verify(attempt).toCompletableFuture().join())
            .as(line.get("user").asString())
            .isInstanceOf(AuthOutcome.Accepted.class);
      }
    }
  }

  private static final String UPSTREAMS =
      """
      upstreams:
        nowhere:
          imap: "imap://127.0.0.1:1"
          submission: "submission://127.0.0.1:1"
          pop3: "pop3://127.0.0.1:1"
          login: { method: stored-password }
      routes:
        - { match: "*", upstream: nowhere }
      """;
}
