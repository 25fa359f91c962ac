package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.MailClient.Shown;
import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The clients that people use: each sends or fetches mail at each door that it knows, and each is
 * refused in every way. What it then shows is in the table {@code peers/refusals.txt}, also where a
 * client hides what we said; {@link ClientTranscripts} has it in full. The clients run several at a
 * time, before the tests look at what they did.
 */
@Tag("peers")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsThroughPosternTest {
  /** As many as there are clients that send, times their doors. */
  static final int LETTERS = 14;

  private static final int AT_A_TIME = 4;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final ClientTranscripts transcripts =
      ClientTranscripts.fresh("client-transcripts", MailClient.all());
  private final Map<Visit, Run> runs = new HashMap<>();
  private MailHouse house;
  private PosternServer postern;
  private Map<Case, Account> accounts;

  /** How a login is meant to end. */
  enum Case {
    GOOD,
    /** A password that nobody has. */
    WRONG,
    REVOKED,
    /** For sending alone, used to read. */
    ONLY_SEND,
    /** And the reverse. */
    ONLY_READ,
    /** All is well, but nothing listens where the mailbox should be. */
    DOWN
  }

  /** One client at one door. */
  record Visit(String client, Door door, Case which) {
    /** No other visit's. */
    String subject() {
      return "by " + client + " at " + door.scheme();
    }

    @Override
    public String toString() {
      return client + " at " + door.scheme() + ", " + which;
    }
  }

  /** What a client was told, and what it did. */
  private record Run(MailClient client, Errand errand, Future<Shown> shown) {}

  /**
   * What a client is to show.
   *
   * @param shows texts in their order; in braces what Postern says
   * @param hides a text that is not shown, perhaps empty
   */
  record Refusal(Visit visit, int exit, List<String> shows, String hides) {
    static Refusal parse(String line) {
      List<String> cells = Stream.of(line.split("\\|", -1)).map(String::strip).toList();
      Visit visit = new Visit(cells.get(0), Door.valueOf(cells.get(1)), Case.valueOf(cells.get(2)));
      return new Refusal(
          visit,
          Integer.parseInt(cells.get(3)),
          Stream.of(cells.get(4).split("…")).map(text -> said(visit.door(), text.strip())).toList(),
          cells.get(5));
    }

    @Override
    public String toString() {
      return visit.toString();
    }
  }

  @BeforeAll
  void open() throws Exception {
    String user = Letter.USER;
    house = MailHouse.openWithOneDown(List.of(user));
    opened.push(house);
    PosternSite site = house.site();
    postern = site.serve();
    opened.push(postern);
    List<Account> made =
        site.accounts(List.of(user, "mail@down.test", "gone@example.test"), "good");
    Account gone = made.get(2);
    site.run("app-password", "revoke", gone.id());
    accounts =
        Map.of(
            Case.GOOD, made.get(0),
            Case.WRONG, new Account(user, "0000111122223333", ""),
            Case.REVOKED, gone,
            Case.ONLY_SEND, site.another(user, "send"),
            Case.ONLY_READ, site.another(user, "read"),
            Case.DOWN, made.get(1));
    try (ExecutorService some = Executors.newFixedThreadPool(AT_A_TIME)) {
      senders().forEach(visit -> start(visit, some));
    }
    Awaitility.await("all letters are delivered")
        .atMost(Duration.ofSeconds(30))
        .until(() -> delivered().size() == LETTERS);
    try (ExecutorService some = Executors.newFixedThreadPool(AT_A_TIME)) {
      readers().forEach(visit -> start(visit, some));
      refusals().forEach(refusal -> start(refusal.visit(), some));
    }
  }

  @AfterAll
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  @ParameterizedTest
  @MethodSource("senders")
  void sendsUnchanged(Visit visit) throws Exception {
    Letter letter = new Letter(visit.subject());

    Shown shown = shown(visit);

    assertThat(shown.exit()).as(shown.toString()).isZero();
    assertThat(delivered())
        .filteredOn(mail -> mail.contains("Subject: " + letter.subject() + "\n"))
        .singleElement()
        .asString()
        // mutt writes a header of its own.
        .endsWith(visit.client().equals("mutt") ? "\n\n" + letter.body() : "\n" + letter.text());
  }

  @ParameterizedTest
  @MethodSource("readers")
  void fetchesUnchanged(Visit visit) throws Exception {
    Shown shown = shown(visit);

    assertThat(shown.exit()).as(shown.toString()).isZero();
    assertThat(run(visit).errand().fetched().stream().map(mail -> withoutAdditions(mail)))
        .containsExactlyInAnyOrderElementsOf(delivered());
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void showsWhyItIsRefused(Refusal refusal) throws Exception {
    Shown shown = shown(refusal.visit());

    assertThat(shown.exit()).as(shown.toString()).isEqualTo(refusal.exit());
    assertThat(shown.said()).containsSubsequence(refusal.shows());
    if (!refusal.hides().isEmpty()) {
      assertThat(shown.said()).doesNotContain(refusal.hides());
    }
  }

  @Test
  void refusesEachClientInEveryWay() {
    assertThat(
            refusals()
                .map(Refusal::visit)
                .map(visit -> visit.client() + " " + visit.door().protocol() + " " + visit.which()))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(senders(), readers())
                .flatMap(visit ->
                    Stream.of(
                            Case.WRONG,
                            Case.REVOKED,
                            visit.door().isForSending() ? Case.ONLY_READ : Case.ONLY_SEND,
                            Case.DOWN)
                        .map(which -> visit.client() + " " + visit.door().protocol() + " " + which))
                .distinct()
                .toList());
  }

  static Stream<Visit> senders() {
    return goodVisits().filter(visit -> visit.door().isForSending());
  }

  static Stream<Visit> readers() {
    return goodVisits().filter(visit -> !visit.door().isForSending());
  }

  static Stream<Refusal> refusals() {
    return Errand.text(Path.of("src/test/resources/peers/refusals.txt"))
        .lines()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(Refusal::parse);
  }

  private static Stream<Visit> goodVisits() {
    return MailClient.all().stream()
        .flatMap(client ->
            client.doors().stream().map(door -> new Visit(client.name(), door, Case.GOOD)));
  }

  private static String said(Door door, String text) {
    boolean isForSending = door.isForSending();
    return text.replace(
            "{refused}",
            (isForSending ? "Sign-in" : "Login")
                + " refused: check the user name and the app password. "
                + PosternSite.HELP)
        .replace(
            "{scope}",
            "This app password is not for %s mail: make one that is. "
                    .formatted(isForSending ? "sending" : "reading")
                + PosternSite.HELP)
        .replace(
            "{down}",
            (door.protocol().equals("pop3")
                    ? "The mail service is unavailable"
                    : "The mail server cannot be reached")
                + " at the moment: try again later (session ");
  }

  /** What mutt, mbsync and getmail write into the headers of what they have fetched. */
  private static String withoutAdditions(String mail) {
    return mail.replaceAll("(?m)^(Content-Length|Lines|X-TUID|X-getmail-[a-z-]+): .*\n", "");
  }

  private List<String> delivered() {
    return Errand.mails(house.dovecot().mail().resolve(Letter.USER));
  }

  private void start(Visit visit, ExecutorService executor) {
    MailClient client =
        MailClient.all().stream()
            .filter(one -> one.name().equals(visit.client()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(visit.client()));
    Account account = account(visit.which());
    Errand errand =
        new Errand(
            visit.door(),
            visit.door().port(postern),
            account.user(),
            account.password(),
            house.certificates().ca(),
            house.folder().folder("errand-" + runs.size()),
            new Letter(visit.subject()));
    runs.put(visit, new Run(client, errand, executor.submit(() -> client.run(errand))));
  }

  private Account account(Case which) {
    Account account = accounts.get(which);
    if (account == null) {
      throw new IllegalArgumentException(which.toString());
    }
    return account;
  }

  private Run run(Visit visit) {
    Run run = runs.get(visit);
    if (run == null) {
      throw new IllegalArgumentException(visit.toString());
    }
    return run;
  }

  private Shown shown(Visit visit) throws Exception {
    Run run = run(visit);
    Shown shown = run.shown().get();
    transcripts.add(run.client(), visit.toString(), run.errand(), shown);
    return shown;
  }
}
