package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.peers.PosternSite.Account;
import dev.postern.deploy.peers.RotatingIssuer.Old;
import dev.postern.deploy.peers.RotatingIssuer.Point;
import dev.postern.store.Store;
import dev.postern.store.oauth.OAuthAccount.State;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code kill -9} between a login that needs a token and the token's first use, at a moment drawn
 * from a seed, with two users at once: one provider takes a used refresh token once more, the other
 * voids it. Afterwards the first can always log in. The second can as well, or "needs consent" says
 * that he cannot; nobody is left with a token that works nowhere and a state that says all is well.
 */
@Tag("peers")
class KillDuringRefreshTest {
  /** Fifty in the profile {@code nightly}; on PostgreSQL a fifth of it. */
  private static final int KILLS = Integer.getInteger("postern.kills", 10);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** When to kill: so long after both have come to a point, up to so many microseconds. */
  private enum Moment {
    HELD(Point.ASKED, 20_000),
    ROTATED(Point.ROTATED, 20_000),
    /** The answer is read, stored and used meanwhile, as far as it comes. */
    ANSWERED(Point.ANSWERED, 10_000),
    USED(Point.USED, 20_000),
    /** Perhaps before there is a request. */
    ASKING(Point.ASKED, 150_000);

    private final Point point;
    private final int micros;

    Moment(Point point, int micros) {
      this.point = point;
      this.micros = micros;
    }

    /** Whether nothing goes on from the point before the kill. */
    boolean isHeld() {
      return switch (this) {
        case HELD, ROTATED, USED -> true;
        case ANSWERED, ASKING -> false;
      };
    }

    /** Whether it is waited for the point. */
    boolean isAwaited() {
      return this != ASKING;
    }
  }

  /** A token on its way when the kill comes. */
  private static final class Flight implements RotatingIssuer.Passage {
    private final Moment moment;
    private final CompletableFuture<Void> there = new CompletableFuture<>();
    private final CountDownLatch killed = new CountDownLatch(1);

    Flight(Moment moment) {
      this.moment = moment;
    }

    @Override
    public void reached(Point point) {
      if (point == moment.point) {
        there.complete(null);
        if (moment.isHeld()) {
          awaitKill();
        }
      }
    }

    private void awaitKill() {
      try {
        assertThat(killed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** One user of each provider. */
  private record Pair(Account lenient, Account strict) {
    List<Account> both() {
      return List.of(lenient, strict);
    }
  }

  @Test
  void losesNoRefreshTokenOnSqlite() throws Exception {
    try (PeerFolder folder = PeerFolder.make()) {
      kill(
          folder,
          "  database: \"sqlite:postern.db\"",
          "jdbc:sqlite:" + folder.path().resolve("postern.db"),
          KILLS);
    }
  }

  @Test
  void losesNoRefreshTokenOnPostgresql() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder)) {
      kill(folder, database.store(), database.url(), Math.max(Moment.values().length, KILLS / 5));
    }
  }

  private static void kill(PeerFolder folder, String store, String url, int kills)
      throws Exception {
    try (RotatingIssuer issuer = new RotatingIssuer();
        ImapServerInClear mail = new ImapServerInClear(issuer::letsIn)) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(issuer.login()), store);
      List<Pair> pairs = connected(site, issuer, kills);
      Map<Moment, EnumSet<State>> ends = new EnumMap<>(Moment.class);
      PosternServer server = serve(site, "seed0");
      try {
        for (int seed = 0; seed < kills; seed++) {
          Pair pair = pairs.get(seed);
          Moment moment = Moment.values()[seed % Moment.values().length];
          killAt(moment, new Random(seed), server, issuer, pair);
          if (seed > 0) {
            // The first waits until they have run out by themselves.
            execute(url, "UPDATE oauth_leases SET ends_at = 0");
          }
          server.close();
          server = serve(site, "seed" + (seed + 1));
          State end = assertWhole(site, server, pair, moment);
          ends.computeIfAbsent(moment, _ -> EnumSet.noneOf(State.class)).add(end);
          System.out.printf("seed %d, killed %s: %s%n", seed, moment, end.word());
        }
        server.close();
        execute(url, "UPDATE oauth_leases SET ends_at = 0, handed = NULL");
        server = serve(site, "afterwards");
        assertStillWhole(site, server, issuer, pairs);
      } finally {
        server.close();
      }
      assertThat(ends.get(Moment.HELD)).containsExactly(State.NEEDS_CONSENT);
      assertThat(ends.get(Moment.ROTATED)).containsExactly(State.NEEDS_CONSENT);
      assertThat(ends.get(Moment.USED)).containsExactly(State.CONNECTED);
    }
  }

  /** With the compiler that starts soonest: each of these lives for a few logins. */
  private static PosternServer serve(PosternSite site, String name) {
    List<String> command = new ArrayList<>(site.command("serve"));
    command.add(1, "-XX:TieredStopAtLevel=1");
    return PosternServer.start(site, name, command);
  }

  /** Users who have consented, and of whom there is no access token. */
  private static List<Pair> connected(PosternSite site, RotatingIssuer issuer, int number)
      throws Exception {
    open(site).close(); // Short commands do not make a database.
    List<Account> accounts =
        site.accounts(
            Stream.of("lenient", "strict")
                .flatMap(kind ->
                    IntStream.range(0, number)
                        .mapToObj(i -> "%s%d@example.test".formatted(kind, i)))
                .toList(),
            "phone");
    List<Pair> pairs = new ArrayList<>();
    try (Store store = open(site)) {
      for (int i = 0; i < number; i++) {
        Pair pair = new Pair(accounts.get(i), accounts.get(number + i));
        issuer.connect(store, pair.lenient().user(), Old.TAKEN_ONCE_MORE);
        issuer.connect(store, pair.strict().user(), Old.VOID);
        pairs.add(pair);
      }
    }
    return pairs;
  }

  private static Store open(PosternSite site) throws Exception {
    return Store.open(
        new ConfigLoader(System.getenv()).load(site.configuration()).store(),
        Store.Schema.MIGRATE,
        Clock.systemUTC());
  }

  private static void killAt(
      Moment moment, Random random, PosternServer server, RotatingIssuer issuer, Pair pair)
      throws Exception {
    List<Flight> flights = new ArrayList<>();
    for (Account account : pair.both()) {
      Flight flight = new Flight(moment);
      issuer.watch(account.user(), flight);
      flights.add(flight);
      Thread.ofVirtual().start(() -> ImapSession.attempt(server.imapInClear(), account).close());
    }
    if (moment.isAwaited()) {
      for (Flight flight : flights) {
        flight.there.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
    LockSupport.parkNanos(1_000L * random.nextInt(moment.micros));
    server.process().kill();
    flights.forEach(flight -> flight.killed.countDown());
  }

  /** The state of the user whose old refresh token may be void. */
  private static State assertWhole(PosternSite site, PosternServer server, Pair pair, Moment moment)
      throws Exception {
    assertThat(settled(server, pair.lenient())).as("killed %s", moment).startsWith("a OK");
    String reply = settled(server, pair.strict());
    State state = stateOf(site, pair.strict());
    assertThat(reply)
        .as("killed %s, %s", moment, state)
        .startsWith(state == State.CONNECTED ? "a OK" : "a NO [CONTACTADMIN]");
    assertThat(state).isNotEqualTo(State.DISCONNECTED);
    return state;
  }

  /** Another refresh each, by the refresh token that was kept; none where consent is needed. */
  private static void assertStillWhole(
      PosternSite site, PosternServer server, RotatingIssuer issuer, List<Pair> pairs)
      throws Exception {
    List<String> needConsent = new ArrayList<>();
    for (Account account : pairs.stream().flatMap(pair -> pair.both().stream()).toList()) {
      boolean isConnected = stateOf(site, account) == State.CONNECTED;
      if (!isConnected) {
        needConsent.add(account.user());
      }
      int before = issuer.asked(account.user());
      assertThat(before).as(account.user()).isBetween(1, 2);
      assertThat(settled(server, account)).startsWith(isConnected ? "a OK" : "a NO [CONTACTADMIN]");
      assertThat(issuer.asked(account.user()) - before)
          .as(account.user())
          .isEqualTo(isConnected ? 1 : 0);
    }
    List<String> needy =
        Program.run(
                site.command("oauth", "status", "--needs-consent"),
                "",
                Duration.ofMinutes(1),
                Map.of())
            .succeeded()
            .out()
            .lines()
            .map(line -> JsonMapper.shared().readTree(line).get("user").asString())
            .toList();
    assertThat(needy).containsExactlyInAnyOrderElementsOf(needConsent);
  }

  /** The reply, once it is not that one should try again. */
  private static String settled(PosternServer server, Account account) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .until(() -> attempt(server, account), reply -> !reply.startsWith("a NO [UNAVAILABLE]"));
  }

  private static String attempt(PosternServer server, Account account) {
    try (ImapSession session = ImapSession.attempt(server.imapInClear(), account)) {
      return session.reply();
    }
  }

  private static State stateOf(PosternSite site, Account account) throws Exception {
    try (Store store = open(site)) {
      return store.oauthAccounts().of(account.user()).getFirst().state();
    }
  }

  private static void execute(String url, String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statements = connection.createStatement()) {
      int _ = statements.executeUpdate(statement);
    }
  }
}
