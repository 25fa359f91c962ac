package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real servers behind a Postern that watches their sessions, and behind one that does not. */
@Tag("peers")
class WatchedSessionsTest {

  /** A session in which something is forbidden, as Postfix counts what it was told. */
  private static final String TOLD = "(?s).* (auth=1/2|xclient=0/1) .*";

  @Test
  void mailPassesUnchangedAndForbiddenCommandsNeverReachTheServers() {
    List<String> users = List.of("watched@example.test", "free@example.test");
    try (MailHouse house = MailHouse.open(users)) {
      users.forEach(user -> rawLog(house, user));
      try (PosternServer postern = house.site().serve()) {
        Account watched = house.site().account("watched@example.test", "--upstream", "watched");
        Account free = house.site().account("free@example.test", "--upstream", "implicit");
        converse(house, postern, watched, "watched");

        Path log = house.folder().path().resolve("postfix/mail.log");
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> text(log).split("disconnect from", -1).length > 3);
        assertThat(text(log)).doesNotMatch(TOLD);
        assertThat(heard(house, watched.user()))
            .contains("IDLE", "APPEND")
            .doesNotContain("b AUTHENTICATE", "b LOGIN", "b COMPRESS");
        assertThat(postern.process().printed())
            .contains("word=authenticate", "word=login", "word=compress")
            .contains("word=xclient", "word=auth")
            .doesNotContain("LOGIN=bob");

        // That the servers would have been told otherwise.
        converse(house, postern, free, "free");
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> text(log).matches(TOLD) && text(log).contains("xclient=0/1"));
        assertThat(heard(house, free.user())).contains("b LOGIN", "b COMPRESS");
      }
    }
  }

  @Test
  void mailIsReadByPop3UnchangedAndForbiddenCommandsNeverReachTheServer() {
    List<String> users = List.of("watched@example.test", "free@example.test");
    List<String> forbidden = List.of("USER bob", "PASS x", "AUTH PLAIN", "STLS", "XCLIENT", "APOP");
    try (MailHouse house = MailHouse.open(users)) {
      users.forEach(user -> rawLog(house, user));
      try (PosternServer postern = house.site().serve()) {
        Account watched = house.site().account("watched@example.test", "--upstream", "watched");
        Account free = house.site().account("free@example.test", "--upstream", "implicit");
        read(house, postern, watched, "watched");

        assertThat(heardByPop3(house, watched.user()))
            .contains("STAT", "LIST", "RETR 2", "TOP 3 7", "UIDL", "DELE 1", "RSET", "QUIT")
            .noneMatch(line -> forbidden.stream().anyMatch(line::startsWith));
        for (String word : List.of("user", "pass", "auth", "stls", "xclient", "apop")) {
          assertThat(postern.process().printed())
              .containsPattern("forbidden after login .* protocol=pop3 .* word=" + word);
        }
        assertThat(postern.process().printed())
            .contains(" end=forbidden-command ")
            .doesNotContain("192.0.2.1", "AGJvYgB4", "bob");

        // That the server would have been told otherwise.
        read(house, postern, free, "free");
        assertThat(heardByPop3(house, free.user()))
            .contains(
                "USER bob", "user bob", "PASS x", "AUTH PLAIN AGJvYgB4", "STLS", "APOP bob 0");
      }
    }
  }

  private static void converse(
      MailHouse house, PosternServer postern, Account account, String kind) {
    run(
        house,
        account,
        List.of(
            "watched.py",
            String.valueOf(postern.imap()),
            String.valueOf(postern.imaps()),
            String.valueOf(postern.submission()),
            String.valueOf(postern.submissions()),
            account.user(),
            kind));
  }

  private static void read(MailHouse house, PosternServer postern, Account account, String kind) {
    run(
        house,
        account,
        List.of(
            "watched_pop3.py",
            String.valueOf(postern.imaps()),
            String.valueOf(postern.pop3()),
            String.valueOf(postern.pop3s()),
            account.user(),
            kind));
  }

  /**
   * @param script its name and what it takes behind the certificate
   */
  private static void run(MailHouse house, Account account, List<String> script) {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.add(Path.of("src/test/resources/peers", script.getFirst()).toString());
    command.add(house.certificates().ca().toString());
    command.addAll(script.subList(1, script.size()));
    Program.run(command, account.password() + "\n", Duration.ofMinutes(2), Map.of()).succeeded();
  }

  /** Dovecot writes down what it hears where there is a folder for that. */
  private static void rawLog(MailHouse house, String user) {
    try {
      Path folder = house.dovecot().mail().resolve(user).resolve("rawlog");
      Files.createDirectories(folder);
      for (Path path : List.of(folder.getParent(), folder)) {
        Files.setAttribute(path, "unix:uid", DovecotServer.MAIL_UID);
        Files.setAttribute(path, "unix:gid", DovecotServer.MAIL_UID);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** All that Dovecot has heard in sessions of that user. */
  private static String heard(MailHouse house, String user) {
    return String.join("", sessions(house, user));
  }

  /** The lines of those by POP3, without the times that Dovecot writes before them. */
  private static List<String> heardByPop3(MailHouse house, String user) {
    return sessions(house, user).stream()
        .filter(session -> !session.contains(" APPEND "))
        .flatMap(String::lines)
        .map(line -> line.replaceFirst("^[0-9.]+ ", ""))
        .toList();
  }

  private static List<String> sessions(MailHouse house, String user) {
    try (Stream<Path> files = Files.list(house.dovecot().mail().resolve(user).resolve("rawlog"))) {
      return files
          .filter(file -> file.toString().endsWith(".in"))
          .map(WatchedSessionsTest::text)
          .toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
