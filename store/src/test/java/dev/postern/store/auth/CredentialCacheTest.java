package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CredentialCacheTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicLong ticks = new AtomicLong();
  private final LookupPool pool =
      new LookupPool(4, 100, Duration.ofSeconds(30), Ticker.systemTicker());
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private final CredentialCache cache = cache(1 << 20);

  private CredentialCache cache(long bytes) {
    return new CredentialCache(
        new Rows(),
        pool,
        bytes,
        Duration.ofMinutes(15),
        ticks::get,
        ticks::get,
        RandomGenerator.of("L64X128MixRandom"));
  }

  /** {@code userNNNN} is a user, everybody else is nobody. */
  private final class Rows implements CredentialSource {
    @Override
    public Optional<Found> find(LoginName name) {
      asked.incrementAndGet();
      pass();
      return name.value().startsWith("user")
          ? Optional.of(new Found(rows(id(name.value())), Optional.empty()))
          : Optional.empty();
    }

    @Override
    public Optional<UserCredentials> load(String userId) {
      asked.incrementAndGet();
      return Optional.of(rows(userId));
    }

    @Override
    public boolean hasImports() {
      return false;
    }

    private void pass() {
      try {
        gate.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String id(String name) {
    return "%032x".formatted(Integer.parseInt(name.substring(4)));
  }

  private static UserCredentials rows(String userId) {
    return new UserCredentials(
        CachedUsers.user(userId),
        List.of(
            CachedUsers.credential(
                "ap_0123456789abcdef", userId, new StoredSecret.Keyed("p1", new byte[32]))),
        Map.of());
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  /** Logins with unknown names are not all compared with rows that the processor has at hand. */
  @Test
  void takesUnknownNamesForDifferentPeopleAlwaysTheSame() {
    Map<String, CachedUser> taken = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      String name = "nobody" + i;
      taken.put(name, cache.find(name).join().value());
    }
    assertThat(taken.values()).allMatch(CachedUser::isNobody);
    assertThat(Set.copyOf(taken.values())).hasSizeBetween(200, 256);
    cache.forgetAll();
    taken.forEach((name, nobody) -> assertThat(cache.find(name).join().value()).isSameAs(nobody));
    assertThat(cache.find("user1").join().value().isNobody()).isFalse();
  }

  @Test
  void asksOnceForAThousandFirstLoginsAtOnce() {
    gate = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    List<CompletableFuture<?>> herd = new ArrayList<>();
    for (int t = 0; t < 10; t++) {
      List<CompletableFuture<?>> mine = new ArrayList<>();
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 100; i++) {
                  mine.add(cache.find("user1"));
                }
                synchronized (herd) {
                  herd.addAll(mine);
                }
              }));
    }
    await().until(() -> threads.stream().noneMatch(Thread::isAlive));
    assertThat(herd).hasSize(1000).noneMatch(CompletableFuture::isDone);
    gate.countDown();
    herd.forEach(CompletableFuture::join);
    assertThat(asked).hasValue(1);
  }

  @Test
  void staysWithinItsBoundHoweverManyUsersAndStrangersCome() {
    CredentialCache small = cache(100_000);
    for (int i = 0; i < 2000; i++) {
      var _ = small.find("user" + i).join();
      var _ = small.find("stranger" + i).join();
    }
    small.view().cleanUp();
    long weight = small.view().policy().eviction().orElseThrow().weightedSize().orElseThrow();
    assertThat(weight).isBetween(50_000L, 100_000L);
    assertThat(small.view().estimatedSize()).isLessThan(500);
  }

  @Test
  void forgetsAUserUnderWhateverNameHeIsCached() {
    String before = cache.find("user1").join().value().id();
    assertThat(cache.present("user1")).isNotNull();
    cache.forgetUser(before);
    assertThat(cache.present("user1")).isNull();
    assertThat(cache.find("user1").join().value().id()).isEqualTo(before);
    assertThat(asked).hasValue(2);
  }

  @Test
  void forgetsAName() {
    var _ = cache.find("stranger").join();
    assertThat(cache.present("stranger")).isNotNull();
    cache.forgetName(LoginName.parse("stranger").orElseThrow());
    assertThat(cache.present("stranger")).isNull();
  }

  @Test
  void findsAUserByIdWhereHisNameIsNotCached() {
    String id = id("user7");
    assertThat(cache.ofUser(id, "user7").join().id()).isEqualTo(id);
    assertThat(cache.ofUser(id, "user7").join().id()).isEqualTo(id);
    assertThat(asked).as("and remembers").hasValue(1);
    cache.forgetUser(id);
    assertThat(cache.ofUser(id, "user7").join().id()).isEqualTo(id);
    assertThat(asked).hasValue(2);
  }

  @Test
  void takesNoOtherUserOfTheSameNameForHim() {
    var _ = cache.find("user1").join();
    assertThat(cache.ofUser(id("user2"), "user1").join().id()).isEqualTo(id("user2"));
  }
}
