package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.access.StoredToken;
import dev.postern.store.access.TokenBook;
import dev.postern.store.access.TokenDigest;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.ActiveKey;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When API tokens are read. */
class ApiTokenFollowingTest {
  private final TestClock clock = TestClock.standing();
  private final Queue<Runnable> beat = new ArrayDeque<>();
  private final FeedListener feed = new FeedListener();
  private final Store elsewhere;
  private final Database database;
  private final TokenBook book;
  private final ApiTokenFollowing following;

  ApiTokenFollowingTest(@TempDir Path folder) {
    StoreConfig config =
        TestConfig.of(new StoreConfig.Database.Sqlite(folder.resolve("postern.db")));
    this.elsewhere = Store.open(config, Store.Schema.MIGRATE, clock);
    this.database = Database.open(config.database(), false);
    RowChecks checks = TestConfig.rowChecks();
    HeldKeys held = new HeldKeys(config.pepper(), config.sealingKeys(), List.of());
    Map<KeyKind, ActiveKey> active =
        Stream.of(KeyKind.values())
            .collect(Collectors.toMap(kind -> kind, kind -> new ActiveKey(held.newest(kind))));
    KeyRingTable ringTable = new KeyRingTable(database.dialect(), checks);
    KeyRing ring =
        new KeyRing(
            database,
            ringTable,
            held,
            active,
            new RowSignatures(List.of(), config.sealingKeys()),
            checks,
            new KeyUses(List.of(), clock),
            clock);
    ring.open();
    this.book =
        new TokenBook(
            new TokenDigest(config.pepper(), () -> "p1"),
            _ -> true,
            () -> false,
            new NoRekeying(),
            clock);
    this.following =
        new ApiTokenFollowing(
            database,
            new Writes(database, clock, _ -> {}),
            new ApiTokenTable(checks, database.dialect()),
            ring,
            checks,
            book,
            new ApiTokenPatience(() -> 0, Duration.ofMinutes(15), () -> 0),
            beat::add);
    following.start(feed);
  }

  private static final class NoRekeying implements TokenBook.Rekeying {
    @Override
    public boolean isWanted(String id) {
      return false;
    }

    @Override
    public void replace(TokenBook.Held old, StoredToken fresh) {
      throw new AssertionError(fresh);
    }
  }

  @AfterEach
  void close() {
    database.close();
    elsewhere.close();
  }

  private IssuedApiToken make(int number) {
    return elsewhere
        .apiTokens()
        .create(
            new NewApiToken("t" + number, Role.AUDITOR, Set.of(), Optional.empty()),
            TestConfig.ACTOR);
  }

  private void hear() {
    feed.changed(List.of(new ChangeFeed.Entry(new Change.ApiTokens(), Instant.EPOCH)));
    while (!beat.isEmpty()) {
      beat.remove().run();
    }
  }

  private Optional<String> checked(IssuedApiToken issued) {
    return book.check(issued.secret()).map(ApiToken::id);
  }

  /** A revocation that follows another change waits for no beat. */
  @Test
  void readsAtOnceForTenChangesASecondAndThenWithTheNextBeat() {
    for (int i = 0; i < 10; i++) {
      IssuedApiToken one = make(i);
      hear();
      assertThat(checked(one)).as("change %s", i).contains(one.token().id());
    }
    IssuedApiToken late = make(10);
    hear();
    assertThat(checked(late)).isEmpty();
    following.run();
    assertThat(checked(late)).contains(late.token().id());
    var _ = elsewhere.apiTokens().revoke(late.token().id(), "", TestConfig.ACTOR);
    hear();
    assertThat(checked(late)).isEmpty();
  }

  @Test
  void whatIsNotHeardOfIsFoundWithinHalfAMinute() {
    IssuedApiToken one = make(1);
    for (int second = 1; second < 30; second++) {
      following.run();
    }
    assertThat(checked(one)).isEmpty();
    following.run();
    assertThat(checked(one)).isPresent();
  }

  @Test
  void manyChangesThatAreHeardAtOnceAreReadOnce() {
    for (int i = 0; i < 20; i++) {
      feed.changed(List.of(new ChangeFeed.Entry(new Change.ApiTokens(), Instant.EPOCH)));
    }
    assertThat(beat).hasSize(1);
  }
}
