package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.FoldingSignInLog;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLimits;
import dev.postern.store.audit.SignIns;
import dev.postern.store.audit.SignIns.Entry;
import dev.postern.store.audit.SignIns.Query;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The record of login attempts, on each database. */
abstract class SignInsContract extends StoreContract {
  private static final Optional<String> NOBODY = Optional.empty();
  private static final NameDigest DIGEST = new NameDigest(List.of(TestConfig.key("s1", 101)));

  private final List<Database> opened = new ArrayList<>();
  private final Deque<Runnable> handedOver = new ArrayDeque<>();
  private Optional<Store> store = Optional.empty();

  @BeforeEach
  void openStore() {
    store = Optional.of(open());
  }

  @AfterEach
  void closeDatabases() {
    opened.forEach(Database::close);
  }

  /** One node's way from an attempt to the database, without its threads. */
  private final class Node {
    final FoldingSignInLog log;
    final SignInWriter writer;

    Node(SignInLimits limits) {
      Database direct = Database.open(database, false);
      opened.add(direct);
      log = new FoldingSignInLog(limits);
      writer =
          new SignInWriter(
              direct,
              new Writes(direct, clock, _ -> {}),
              log,
              new SignInTable(DIGEST, direct.dialect()),
              new SignInBounds(direct, limits),
              handedOver::add);
    }

    Node() {
      this(SignInLimits.DEFAULTS);
    }

    void write() {
      writer.flush();
      while (!handedOver.isEmpty()) {
        handedOver.pop().run();
      }
    }
  }

  private Store store() {
    return store.orElseThrow();
  }

  private SignIns signIns() {
    return store().signIns();
  }

  private List<Entry> all() {
    return signIns().list(Query.ALL, Optional.empty(), SignIns.LONGEST_PAGE);
  }

  private String idOf(String name) {
    return store().users().find(name).orElseThrow().id();
  }

  private SignIn attempt(Optional<String> userId, String name, String from, String reason) {
    return new SignIn(
        clock.instant(),
        userId,
        name,
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        InetAddress.ofLiteral(from),
        "Thunderbird",
        reason.isEmpty() ? "accepted" : "rejected",
        reason);
  }

  @Test
  void putsAnAttemptOnRecordWithAllThatIsKnown() {
    add(store(), ALICE);
    Node node = new Node();
    node.log.note(
        new SignIn(
            clock.instant(),
            Optional.of(idOf(ALICE)),
            "whatever was typed",
            Compared.match("ap_1"),
            Scope.SUBMISSION,
            "login",
            InetAddress.ofLiteral("2001:db8::7"),
            "swaks",
            "rejected",
            "revoked",
            Optional.of("mailstore")));
    node.write();
    assertThat(all())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.userId()).contains(idOf(ALICE));
          assertThat(entry.user()).contains(ALICE);
          assertThat(entry.nameDigest()).isEmpty();
          assertThat(entry.credentialId()).contains("ap_1");
          assertThat(entry.protocol()).isEqualTo("submission");
          assertThat(entry.mechanism()).isEqualTo("login");
          assertThat(entry.peer()).contains(InetAddress.ofLiteral("2001:db8::7"));
          assertThat(entry.clientName()).isEqualTo("swaks");
          assertThat(entry.outcome()).isEqualTo("rejected");
          assertThat(entry.reason()).isEqualTo("revoked");
          assertThat(entry.upstream()).contains("mailstore");
          assertThat(entry.firstAt()).isEqualTo(clock.instant());
          assertThat(entry.lastAt()).isEqualTo(clock.instant());
          assertThat(entry.attempts()).isEqualTo(1);
        });
  }

  /** Which one came first of all is nothing that happened. */
  @Test
  void doesNotWriteWhatAWrongSecretWasComparedWith() {
    add(store(), ALICE);
    Node node = new Node();
    for (String first : List.of("ap_1", "ap_2")) {
      node.log.note(
          new SignIn(
              clock.instant(),
              Optional.of(idOf(ALICE)),
              ALICE,
              new Compared(first, false),
              Scope.IMAP,
              "plain",
              InetAddress.getLoopbackAddress(),
              "",
              "rejected",
              "wrong-secret"));
    }
    node.write();
    assertThat(all())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.credentialId()).isEmpty();
          assertThat(entry.attempts()).isEqualTo(2);
        });
  }

  @Test
  void foldsAcrossBatchesAndNodesWithinTheHour() {
    add(store(), ALICE);
    Node one = new Node();
    Node other = new Node();
    Instant first = clock.instant();
    one.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", "wrong-secret"));
    one.write();
    clock.advance(Duration.ofMinutes(10));
    for (Node node : List.of(one, other)) {
      node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", "wrong-secret"));
      node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", "wrong-secret"));
      node.write();
    }
    assertThat(all())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.attempts()).isEqualTo(5);
          assertThat(entry.firstAt()).isEqualTo(first);
          assertThat(entry.lastAt()).isEqualTo(clock.instant());
        });
    clock.advance(Duration.ofHours(1));
    one.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", "wrong-secret"));
    one.write();
    assertThat(all()).hasSize(2);
  }

  @Test
  void findsTheUserWhomNobodyWasAskedAbout() {
    add(store(), ALICE);
    Node node = new Node();
    node.log.note(attempt(NOBODY, " Alice@EXAMPLE.com", "192.0.2.1", "wrong-shape"));
    node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", "wrong-shape"));
    node.write();
    assertThat(all())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.user()).contains(ALICE);
          assertThat(entry.attempts()).isEqualTo(2);
        });
  }

  @Test
  void keepsOfAnUnknownNameADigestAndTheDomain() {
    Node node = new Node();
    node.log.note(attempt(NOBODY, "Mallory@example.com", "192.0.2.1", "unknown-user"));
    node.log.note(attempt(NOBODY, "mallory@example.com ", "192.0.2.1", "unknown-user"));
    node.log.note(attempt(NOBODY, "abcd efgh jkmn pqrs", "192.0.2.1", "unknown-user"));
    node.write();
    assertThat(all()).hasSize(2);
    assertThat(signIns().list(Query.ALL.ofUser("MALLORY@example.com"), Optional.empty(), 10))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.attempts()).isEqualTo(2);
          assertThat(entry.userId()).isEmpty();
          assertThat(entry.domain()).contains("example.com");
          assertThat(entry.nameDigest().orElseThrow()).matches("[0-9a-f]{32}");
        });
    assertThat(all())
        .filteredOn(entry -> entry.nameDigest().isEmpty())
        .singleElement()
        .satisfies(entry -> assertThat(entry.domain()).isEmpty());
    assertThat(signIns().list(Query.ALL.ofUser("somebody@example.com"), Optional.empty(), 10))
        .isEmpty();
  }

  @Test
  void filtersByWhatIsAsked() {
    add(store(), ALICE);
    add(store(), BOB);
    Node node = new Node();
    Instant start = clock.instant();
    node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.2.1", ""));
    clock.advance(Duration.ofMinutes(1));
    node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, "192.0.3.0", "revoked"));
    clock.advance(Duration.ofMinutes(1));
    node.log.note(attempt(Optional.of(idOf(BOB)), BOB, "2001:db8::1", "wrong-secret"));
    node.write();
    Optional<String> any = Optional.empty();
    Optional<Instant> ever = Optional.empty();
    Optional<Cidr> anywhere = Optional.empty();
    assertThat(reasons(Query.ALL)).containsExactly("wrong-secret", "revoked", "");
    assertThat(reasons(Query.ALL.ofUser(ALICE))).containsExactly("revoked", "");
    assertThat(reasons(Query.ALL.ofUser(idOf(BOB)))).containsExactly("wrong-secret");
    assertThat(reasons(new Query(any, net("192.0.2.0/24"), any, any, ever, ever)))
        .containsExactly("");
    assertThat(reasons(new Query(any, net("192.0.2.0/23"), any, any, ever, ever)))
        .containsExactly("revoked", "");
    assertThat(reasons(new Query(any, net("0.0.0.0/0"), any, any, ever, ever)))
        .containsExactly("revoked", "");
    assertThat(reasons(new Query(any, net("2001:db8::/32"), any, any, ever, ever)))
        .containsExactly("wrong-secret");
    assertThat(reasons(new Query(any, anywhere, Optional.of("accepted"), any, ever, ever)))
        .containsExactly("");
    assertThat(reasons(new Query(any, anywhere, any, Optional.of("revoked"), ever, ever)))
        .containsExactly("revoked");
    Optional<Instant> second = Optional.of(start.plus(Duration.ofMinutes(1)));
    assertThat(reasons(new Query(any, anywhere, any, any, second, ever)))
        .containsExactly("wrong-secret", "revoked");
    assertThat(reasons(new Query(any, anywhere, any, any, ever, second))).containsExactly("");
  }

  @Test
  void findsAnEntryByItsIdOfBeforeToo() {
    Node node = new Node();
    node.log.note(attempt(NOBODY, "n", "192.0.2.1", "unknown-user"));
    node.log.note(attempt(NOBODY, "m", "192.0.2.1", "unknown-user"));
    node.write();
    List<Entry> before = all();
    assertThat(before)
        .hasSize(2)
        .allSatisfy(one -> assertThat(signIns().find(one.id())).contains(one));
    clock.advance(Duration.ofSeconds(1));
    node.log.note(attempt(NOBODY, "n", "192.0.2.1", "unknown-user"));
    node.write();
    Entry again = all().getFirst();
    assertThat(before.stream().flatMap(one -> signIns().find(one.id()).stream()))
        .hasSize(2)
        .contains(again);
    assertThat(signIns().find("1-none")).isEmpty();
    assertRefused(Code.INVALID, () -> signIns().find("none"));
  }

  private List<String> reasons(Query query) {
    return signIns().list(query, Optional.empty(), 10).stream().map(Entry::reason).toList();
  }

  private static Optional<Cidr> net(String text) {
    return Optional.of(Cidr.parse(text));
  }

  @Test
  void listsInPagesNewestFirst() {
    Node node = new Node();
    for (int i = 0; i < 25; i++) {
      // Some at the same moment: paging must not lose them.
      clock.advance(Duration.ofSeconds(i % 3));
      node.log.note(attempt(NOBODY, "n" + i, "192.0.2.1", "unknown-user"));
    }
    node.write();
    List<Entry> paged = new ArrayList<>();
    Optional<String> after = Optional.empty();
    List<Entry> page = signIns().list(Query.ALL, after, 4);
    while (!page.isEmpty()) {
      paged.addAll(page);
      after = Optional.of(page.getLast().id());
      page = signIns().list(Query.ALL, after, 4);
    }
    assertThat(paged).isEqualTo(all()).hasSize(25);
    assertThat(paged).extracting(Entry::lastAt).isSortedAccordingTo((a, b) -> b.compareTo(a));
    assertRefused(Code.INVALID, () -> signIns().list(Query.ALL, Optional.of("x"), 4));
    assertRefused(Code.INVALID, () -> signIns().list(Query.ALL, Optional.empty(), 0));
    assertRefused(Code.INVALID, () -> signIns().list(Query.ALL, Optional.empty(), 1001));
    assertRefused(
        Code.INVALID, () -> signIns().list(Query.ALL.ofUser("a\nb"), Optional.empty(), 4));
  }

  @Test
  void outlivesTheUserAndBringsNobodyBack() {
    add(store(), ALICE);
    String id = idOf(ALICE);
    Node node = new Node();
    node.log.note(attempt(Optional.of(id), ALICE, "192.0.2.1", ""));
    node.write();
    store().users().remove(ALICE, TestConfig.ACTOR);
    node.log.note(attempt(Optional.of(id), ALICE, "192.0.2.2", ""));
    node.write();
    assertThat(signIns().list(Query.ALL.ofUser(id), Optional.empty(), 10))
        .singleElement()
        .satisfies(entry -> assertThat(entry.user()).isEmpty());
    assertThat(all())
        .filteredOn(entry -> NameDigest.isPseudonym(entry.userId().orElse("")))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.peer()).isEmpty();
          assertThat(entry.clientName()).isEmpty();
        });
  }

  @Test
  void staysWithinItsBoundsUnderAFloodOfUnknownNames() {
    SignInLimits limits = new SignInLimits(2_000, 1_000, 500, 300, 400, 2_000, 4_000);
    Node node = new Node(limits);
    Random random = new Random(3);
    long rejected = 0;
    int mostWaiting = 0;
    int most = 0;
    for (int round = 0; round < 100; round++) {
      for (int i = 0; i < 3_000; i++) {
        String domain = i % 2 == 0 ? "@example.com" : "@d" + random.nextInt(50) + ".example";
        node.log.note(
            attempt(
                NOBODY,
                "x" + random.nextInt(1_000_000_000) + domain,
                "10." + random.nextInt(256) + "." + random.nextInt(256) + ".1",
                "unknown-user"));
        rejected++;
        mostWaiting = Math.max(mostWaiting, node.log.waiting());
      }
      clock.advance(Duration.ofSeconds(1));
      node.write();
      most = Math.max(most, count());
    }
    assertThat(rejected).isEqualTo(300_000);
    assertThat(mostWaiting).isLessThanOrEqualTo(1_001);
    assertThat(most).isLessThanOrEqualTo(2_000 + 200 + 1_000).isGreaterThan(1_500);
    assertThat(countWhere("domain = 'example.com'")).isLessThanOrEqualTo(400 + 1_000);
  }

  @Test
  void keepsTheNewestOfAUser() {
    add(store(), ALICE);
    SignInLimits limits = new SignInLimits(2_000, 1_000, 2_000, 300, 400, 2_000, 100_000);
    Node node = new Node(limits);
    for (int i = 0; i < 5_000; i++) {
      clock.advance(Duration.ofMillis(500));
      node.log.note(
          attempt(
              Optional.of(idOf(ALICE)), ALICE, "10.0." + i / 250 + "." + i % 250, "wrong-secret"));
      if (i % 100 == 99) {
        node.write();
      }
    }
    assertThat(count()).isBetween(300, 1_500);
    assertThat(all().getFirst().lastAt()).isEqualTo(clock.instant());
  }

  @Test
  void keepsTheNewestOfADomain() {
    SignInLimits limits = new SignInLimits(2_000, 2_000, 2_000, 100_000, 300, 100_000, 100_000);
    Node node = new Node(limits);
    for (int i = 0; i < 5_000; i++) {
      clock.advance(Duration.ofMillis(500));
      node.log.note(attempt(NOBODY, "x" + i + "@example.com", "192.0.2.1", "unknown-user"));
      if (i % 100 == 99) {
        node.write();
      }
    }
    assertThat(count()).isBetween(300, 1_500);
    assertThat(all().getFirst().lastAt()).isEqualTo(clock.instant());
  }

  @Test
  void keepsSoManyRefusalsAndEveryAcceptedOne() {
    add(store(), ALICE);
    SignInLimits limits = new SignInLimits(20_000, 10_000, 20_000, 100_000, 400, 2_000, 1_000);
    Node node = new Node(limits);
    for (int i = 0; i < 3_000; i++) {
      node.log.note(
          attempt(
              Optional.of(idOf(ALICE)),
              ALICE,
              "10.0." + i / 250 + "." + i % 250,
              i % 3 == 0 ? "" : "revoked"));
    }
    node.write();
    assertThat(countWhere("outcome = 'accepted'")).isEqualTo(1_000);
    assertThat(countWhere("outcome <> 'accepted'")).isBetween(1_000, 1_100 + 1_000);
  }

  @Test
  void removesSomeARoundAndGoesOnUntilAllIsWithinItsBounds() {
    add(store(), ALICE);
    Node before = new Node(refusals(100_000));
    noteRefusals(before, 14_000, "10");
    before.write();
    assertThat(count()).isEqualTo(14_000);

    Node node = new Node(refusals(1_000));
    noteRefusals(node, 200, "11");
    node.writer.flush();
    assertThat(count()).isEqualTo(14_200 - 10_000);
    while (!handedOver.isEmpty()) {
      handedOver.pop().run();
    }
    assertThat(count()).isEqualTo(1_000);
  }

  private static SignInLimits refusals(int most) {
    return new SignInLimits(20_000, 10_000, 20_000, 100_000, 400, 2_000, most);
  }

  private void noteRefusals(Node node, int number, String net) {
    for (int i = 0; i < number; i++) {
      String from = net + ".0." + i / 250 + "." + i % 250;
      node.log.note(attempt(Optional.of(idOf(ALICE)), ALICE, from, "revoked"));
    }
  }

  @Test
  void forgetsAfterTheTimeOfTheConfiguration() {
    Node node = new Node();
    node.log.note(attempt(NOBODY, "a", "192.0.2.1", "unknown-user"));
    node.write();
    clock.advance(Duration.ofDays(2));
    node.log.note(attempt(NOBODY, "b", "192.0.2.1", "unknown-user"));
    node.write();
    Database direct = opened.getFirst();
    StoreConfig.AuditRules rules =
        new StoreConfig.AuditRules(Duration.ofDays(2), Duration.ofDays(2), Duration.ofDays(2));
    Writes writes = new Writes(direct, clock, _ -> {});
    AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
    Housekeeping housekeeping =
        new Housekeeping(
            direct,
            writes,
            new Rotation(table, direct.dialect(), new ChangeLog(new SecureRandom())),
            new Expiration(table, writes, new ChangeLog(new SecureRandom())),
            () -> rules);
    housekeeping.run();
    assertThat(count()).isEqualTo(2);
    clock.advance(Duration.ofMillis(1));
    housekeeping.run();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void isWrittenByTheStoreItselfAtTheLatestWhenItCloses() {
    add(store(), ALICE);
    String id = idOf(ALICE);
    for (int i = 0; i < 2_500; i++) {
      store()
          .signInLog()
          .note(attempt(Optional.of(id), ALICE, "10.1." + i / 250 + "." + i % 250, "revoked"));
    }
    store().close();
    store = Optional.of(open());
    assertThat(number("SELECT SUM(attempts) FROM sign_ins")).isEqualTo(2_500);
    assertThat(count()).isEqualTo(2_001);
  }

  private int count() {
    return countWhere("1 = 1");
  }

  private int countWhere(String condition) {
    return number("SELECT COUNT(*) FROM sign_ins WHERE " + condition);
  }

  private int number(String query) {
    try (Database direct = Database.open(database, false)) {
      return direct.read(handle -> handle.createQuery(query).mapTo(Integer.class).one());
    }
  }
}
