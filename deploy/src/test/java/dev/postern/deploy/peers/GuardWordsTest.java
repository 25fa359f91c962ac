package dev.postern.deploy.peers;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.MailClient.Shown;
import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people see whom the guard refuses: with too many wrong passwords before them, one session
 * too many, no place for one more connection, a ban, an app password that is over its budget. The
 * table is {@code peers/guard-refusals.txt}, {@link ClientTranscripts} has all of it in full.
 */
@Tag("peers")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuardWordsTest {
  private static final List<MailClient> CLIENTS =
      List.of(new Curl(), new PythonMail(), new LikeThunderbird());

  private static final int PLACES = 3;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final ClientTranscripts transcripts =
      ClientTranscripts.fresh("guard-transcripts", CLIENTS);
  private final Map<Visit, Shown> shown = new HashMap<>();
  private MailHouse house;
  private PosternServer postern;
  private Account owner;

  /** Why a login is refused. */
  enum Case {
    GUESSES,
    SESSIONS,
    CONNECTIONS,
    BANNED,
    BUDGET
  }

  record Visit(String client, Door door, Case which) {
    @Override
    public String toString() {
      return client + " at " + door.scheme() + ", " + which;
    }
  }

  /**
   * What a client is to show.
   *
   * @param shows texts in their order
   */
  record Refusal(Visit visit, int exit, List<String> shows) {
    static Refusal parse(String line) {
      List<String> cells = Stream.of(line.split("\\|", -1)).map(String::strip).toList();
      return new Refusal(
          new Visit(cells.get(0), Door.valueOf(cells.get(1)), Case.valueOf(cells.get(2))),
          Integer.parseInt(cells.get(3)),
          Stream.of(cells.get(4).split("…")).map(String::strip).toList());
    }

    @Override
    public String toString() {
      return visit.toString();
    }
  }

  @BeforeAll
  void open() throws Exception {
    house = MailHouse.open(List.of(Letter.USER));
    opened.push(house);
    PosternSite site = house.site();
    String text = Files.readString(site.configuration());
    String guard = "guard: { failure-delay: 200ms, per-credential: { logins-per-minute: never },";
    assertThat(text).contains(guard);
    Files.writeString(
        site.configuration(),
        text.replace(
            guard,
            "guard: { failure-delay: 200ms, per-credential: { logins-per-minute: 30 },"
                + " sessions: { per-credential: 1 },"
                + " before-login: { per-address: %1$d, per-known-network: %1$d },".formatted(PLACES)
                + " throttle: { guesses-per-hour: 4, free: 1, first-delay: 300ms,"
                + " longest-delay: 400ms },"));
    postern = site.serve();
    opened.push(postern);
    List<Account> made =
        site.accounts(List.of(Letter.USER, "guessed@example.test", "spam@example.test"), "guard");
    owner = made.get(0);

    for (int i = 0; i < 3; i++) {
      attempt(new Account("guessed@example.test", "000011112222333" + i, "")).close();
    }
    visit(Case.GUESSES, new Account("guessed@example.test", "0000111122224444", ""));

    try (ImapSession session = attempt(owner)) {
      assertThat(session.isAccepted()).isTrue();
      visit(Case.SESSIONS, owner);
    }

    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < PLACES; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), postern.imapInClear());
      assertThat(socket.getInputStream().read()).isEqualTo('*');
      idle.add(socket);
    }
    visit(Case.CONNECTIONS, owner);
    for (Socket socket : idle) {
      socket.close();
    }

    Account spammer = made.get(2);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> {
          try (ImapSession session = attempt(spammer)) {
            return session.reply().startsWith("a NO [AUTHENTICATIONFAILED]");
          }
        });
    visit(Case.BUDGET, spammer);

    var _ = site.run("bans", "add", "127.0.0.0/8", "--force");
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(this::isBanned);
    visit(Case.BANNED, owner);
  }

  @AfterAll
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void showsWhyItIsRefused(Refusal refusal) {
    Shown seen = requireNonNull(shown.get(refusal.visit()), refusal.toString());

    assertThat(seen.exit()).as(seen.toString()).isEqualTo(refusal.exit());
    assertThat(seen.said() + seen.wire()).containsSubsequence(refusal.shows());
  }

  static Stream<Refusal> refusals() {
    return Errand.text(Path.of("src/test/resources/peers/guard-refusals.txt"))
        .lines()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(Refusal::parse);
  }

  private ImapSession attempt(Account account) {
    return ImapSession.attempt(postern.imapInClear(), account);
  }

  private boolean isBanned() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), postern.imapInClear())) {
      return socket.getInputStream().read() < 0;
    }
  }

  /** Every client at each of its doors that begins with TLS, one after the other. */
  private void visit(Case which, Account account) {
    for (MailClient client : CLIENTS) {
      for (Door door : client.doors().stream().filter(Door::isImplicit).toList()) {
        Visit visit = new Visit(client.name(), door, which);
        Errand errand =
            new Errand(
                door,
                door.port(postern),
                account.user(),
                account.password(),
                house.certificates().ca(),
                house.folder().folder("errand-" + shown.size()),
                new Letter("by " + client.name() + " at " + door.scheme()));
        Shown seen = client.run(errand);
        shown.put(visit, seen);
        transcripts.add(client, visit.toString(), errand, seen);
      }
    }
  }
}
