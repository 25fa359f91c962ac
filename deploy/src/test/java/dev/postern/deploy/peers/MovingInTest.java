package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A site whose people have passwords of their own at Dovecot moves in: observe, warn, enforce, with
 * the report at each step; and of no such password anything is left.
 */
@Tag("peers")
class MovingInTest {
  private static final String ALICE = "alice@example.test";
  private static final String BOB = "bob@example.test";
  private static final String OWN = DovecotServer.USER_PASSWORD;
  private static final String WRONG = "Winter-at-the-upstream";
  private static final Duration RELOAD = Duration.ofSeconds(30);

  @Test
  void observesThenWarnsThenTakesAppPasswordsAlone() throws Exception {
    try (MailHouse house = MailHouse.open(List.of(ALICE, BOB))) {
      PosternSite site = house.site();
      String asEver = Files.readString(site.configuration());
      passThrough(site, asEver, "{ domain: example.test, mode: observe }");
      try (PosternServer postern = site.serve()) {
        // Observed: nobody was told of Postern yet, and nothing changes for anybody.
        for (String user : List.of(ALICE, BOB)) {
          sendAndRead(house, postern, user, OWN);
        }
        assertThat(list(house, postern, ALICE, WRONG).exit())
            .as("curl: login denied")
            .isEqualTo(67);
        awaitReport(site, ALICE + " observe not-started", BOB + " observe not-started");

        String issued =
            site.run("app-password", "create", ALICE, "--label", "Thunderbird")
                .get("password")
                .asString();
        sendAndRead(house, postern, ALICE, issued);
        awaitReport(site, ALICE + " observe ready", BOB + " observe not-started");

        // Warned: the same, and once a day a client shows why this will end.
        passThrough(site, asEver, "{ domain: example.test, mode: warn }");
        await()
            .atMost(RELOAD)
            .until(() -> list(house, postern, BOB, OWN).err().contains("[ALERT]"));
        assertThat(list(house, postern, BOB, OWN).err())
            .doesNotContain("[ALERT]")
            .contains("Logged in");
        sendAndRead(house, postern, BOB, OWN);
        awaitReport(site, ALICE + " warn ready", BOB + " warn not-started");

        // Enforced: who is logged in with his own password is logged out, and does not come back.
        try (ImapSession open =
            ImapSession.attempt(postern.imapInClear(), new Account(BOB, OWN, ""))) {
          assertThat(open.isAccepted()).isTrue();
          passThrough(site, asEver, "{ domain: example.test, mode: enforce }");
          await().atMost(RELOAD).until(open.end()::isDone);
        }
        assertThat(list(house, postern, BOB, OWN).exit()).isEqualTo(67);
        sendAndRead(house, postern, ALICE, issued);
        awaitReport(site, ALICE + " enforce ready", BOB + " enforce shut-out");
        String moved =
            site.run("app-password", "create", BOB, "--label", "phone").get("password").asString();
        sendAndRead(house, postern, BOB, moved);
        awaitReport(site, ALICE + " enforce ready", BOB + " enforce ready");

        assertNothingIsLeft(site, postern);
      }
    }
  }

  private static void passThrough(PosternSite site, String asEver, String rule) throws IOException {
    Files.writeString(site.configuration(), asEver + "pass-through: [ " + rule + " ]\n");
  }

  private static Program.Result list(
      MailHouse house, PosternServer postern, String user, String password) {
    return curl(house, user, password, "-v", "imaps://localhost:" + postern.imaps() + "/");
  }

  private static void sendAndRead(
      MailHouse house, PosternServer postern, String user, String password) {
    Path letter =
        house.folder().write("letter.eml", "From: " + user + "\r\nSubject: moving\r\n\r\nin\r\n");
    curl(
            house,
            user,
            password,
            "--mail-from",
            user,
            "--mail-rcpt",
            user,
            "--upload-file",
            letter.toString(),
            "smtps://localhost:" + postern.submissions())
        .succeeded();
    curl(house, user, password, "imaps://localhost:" + postern.imaps() + "/").succeeded();
    curl(house, user, password, "pop3s://localhost:" + postern.pop3s() + "/").succeeded();
  }

  private static Program.Result curl(
      MailHouse house, String user, String password, String... what) {
    return CurlAs.run(house.folder(), house.certificates(), new Account(user, password, ""), what);
  }

  private static void awaitReport(PosternSite site, String... lines) {
    await()
        .atMost(RELOAD)
        .untilAsserted(() -> assertThat(report(site)).containsExactlyInAnyOrder(lines));
  }

  private static List<String> report(PosternSite site) {
    return Program.run(site.command("report", "readiness").toArray(String[]::new))
        .succeeded()
        .out()
        .lines()
        .filter(line -> line.startsWith("{"))
        .map(JsonMapper.shared()::readTree)
        .map(user ->
            user.get("user").asString() + " " + word(user, "mode") + " " + word(user, "state"))
        .toList();
  }

  private static String word(JsonNode user, String key) {
    return user.get(key).asString();
  }

  /** In no file that Postern wrote, and in no object of its process, also none that is garbage. */
  private static void assertNothingIsLeft(PosternSite site, PosternServer postern)
      throws IOException {
    Path heap = site.folder().path().resolve("heap.hprof");
    Program.run(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            String.valueOf(postern.process().pid()),
            "GC.heap_dump",
            "-all",
            heap.toString())
        .succeeded();
    List<Path> files = new ArrayList<>(List.of(heap));
    try (Stream<Path> all = Files.list(site.folder().path())) {
      all.filter(file -> file.getFileName().toString().matches("postern\\.(log|db.*)"))
          .forEach(files::add);
    }
    assertThat(files).hasSizeGreaterThan(2);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      for (String secret : List.of(OWN, WRONG)) {
        for (String form : forms(secret)) {
          assertThat(contains(bytes, form.getBytes(StandardCharsets.ISO_8859_1)))
              .as("%s in %s", form.equals(secret) ? "a password" : "a form of one", file)
              .isFalse();
        }
      }
    }
    assertThat(contains(Files.readAllBytes(heap), BOB.getBytes(StandardCharsets.ISO_8859_1)))
        .as("the search finds what is there")
        .isTrue();
  }

  /** As it is, and what of its base64 does not depend on what stands before it. */
  private static List<String> forms(String secret) {
    List<String> forms = new ArrayList<>(List.of(secret));
    for (int before = 0; before < 3; before++) {
      String encoded =
          Base64.getEncoder()
              .withoutPadding()
              .encodeToString(("x".repeat(before) + secret).getBytes(StandardCharsets.UTF_8));
      forms.add(encoded.substring(before == 0 ? 0 : before + 1, encoded.length() - 2));
    }
    return forms;
  }

  private static boolean contains(byte[] bytes, byte[] wanted) {
    for (int from = 0; from <= bytes.length - wanted.length; from++) {
      int i = 0;
      while (i < wanted.length && bytes[from + i] == wanted[i]) {
        i++;
      }
      if (i == wanted.length) {
        return true;
      }
    }
    return false;
  }
}
