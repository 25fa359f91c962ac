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
import java.util.concurrent.ConcurrentHashMap;
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
  private final Set<String> inDomain = ConcurrentHashMap.newKeySet();
  private final Set<String> unbelievable = ConcurrentHashMap.newKeySet();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private final CredentialCache cache = cache(1 << 20);

  private CredentialCache cache(long bytes) {
    return cache(NameRules.EXACT, bytes);
  }

  private CredentialCache cache(NameRules rules, long bytes) {
    return new CredentialCache(
        new Rows(),
        rules,
        pool,
        bytes,
        Duration.ofMinutes(15),
        ticks::get,
        ticks::get,
        RandomGenerator.of("L64X128MixRandom"));
  }

  /** {@code userNNNN} is a user, as are those in the domain; everybody else is nobody. */
  private final class Rows implements CredentialSource {
    @Override
    public Answer find(List<LoginName> names) {
      asked.incrementAndGet();
      pass();
      for (int place = 0; place < names.size(); place++) {
        String name = names.get(place).value();
        if (unbelievable.contains(name)) {
          return new Answer(place, Optional.empty());
        }
        if (name.matches("user[0-9]+") || inDomain.contains(name)) {
          String id = id(name.replaceFirst("@.*", ""));
          return new Answer(place, Optional.of(new Found(rows(id), Optional.empty())));
        }
      }
      return new Answer(names.size(), Optional.empty());
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

  // ---- other spellings

  private static final NameRules RULES =
      new NameRules(Optional.of("example.com"), Optional.of('+'));

  private static LoginName name(String name) {
    return LoginName.parse(name).orElseThrow();
  }

  private static boolean isNobody(CredentialCache cache, String name) {
    FreshCache.Held<CachedUser> held = cache.present(name);
    return held != null && held.value().isNobody();
  }

  @Test
  void findsWhatANameStandsForByOneQuestion() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("host7@example.com");
    assertThat(lenient.find("host7+phone").join().value().id()).isEqualTo(id("host7"));
    assertThat(asked).hasValue(1);
    for (String known : List.of("host7+phone", "host7@example.com", "host7", "host7+x")) {
      assertThat(lenient.find(known).join().value().id()).isEqualTo(id("host7"));
    }
    assertThat(asked).as("the other detail alone is asked for").hasValue(2);
    assertThat(lenient.present("host7")).isSameAs(lenient.present("host7@example.com"));
  }

  @Test
  void asksOnceForANameThatNothingLeadsFrom() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    assertThat(lenient.find("stranger+x").join().value().isNobody()).isTrue();
    assertThat(asked).hasValue(1);
    for (String known : List.of("stranger+x", "stranger", "stranger@example.com")) {
      assertThat(isNobody(lenient, known)).as(known).isTrue();
    }
  }

  @Test
  void whoHasTheExactNameComesFirst() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("user8@example.com");
    assertThat(lenient.find("user8+1").join().value().id()).isEqualTo(id("user8"));
    assertThat(lenient.present("user8@example.com")).as("it was not asked for").isNull();
    assertThat(lenient.present("user8+1")).isSameAs(lenient.present("user8"));
  }

  @Test
  void aChangeOfAnySpellingCountsAtOnce() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("host7@example.com");
    var _ = lenient.find("host7+phone").join();
    for (String changed :
        List.of("host7+phone", "host7+phone@example.com", "host7", "host7@example.com")) {
      assertThat(lenient.present("host7+phone")).isNotNull();
      lenient.forgetName(name(changed));
      assertThat(lenient.present("host7+phone")).as(changed).isNull();
      assertThat(lenient.find("host7+phone").join().value().id()).isEqualTo(id("host7"));
    }
    lenient.forgetUser(id("host7"));
    assertThat(lenient.present("host7+phone")).isNull();
    inDomain.clear();
    assertThat(lenient.find("host7+phone").join().value().isNobody()).isTrue();
  }

  /** What was asked for before the change must not stay as what was found after it. */
  @Test
  void doesNotKeepWhatChangedDuringTheQuestion() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("host7@example.com");
    gate = new CountDownLatch(1);
    CompletableFuture<?> flight = lenient.find("host7");
    await().until(() -> asked.get() == 1);
    lenient.forgetName(name("host7@example.com"));
    gate.countDown();
    flight.join();
    assertThat(asked).as("it was looked up again").hasValue(2);

    gate = new CountDownLatch(1);
    CompletableFuture<FreshCache.Held<CachedUser>> stranger = lenient.find("host8");
    await().until(() -> asked.get() == 3);
    lenient.forgetName(name("host8@example.com"));
    inDomain.add("host8@example.com");
    gate.countDown();
    assertThat(stranger.join().value().isNobody()).isFalse();
  }

  /** A row that is not to be believed is nobody's, and says nothing of the names behind it. */
  @Test
  void looksOnBehindARowThatIsNotGenuine() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("host7@example.com");
    unbelievable.add("host7");
    assertThat(lenient.find("host7").join().value().id()).isEqualTo(id("host7"));
    assertThat(asked).hasValue(2);
    unbelievable.add("host7@example.com");
    lenient.forgetAll();
    assertThat(lenient.find("host7").join().value().isNobody()).isTrue();
  }

  @Test
  void aHundredDetailsKeepAUserOnce() {
    CredentialCache lenient = cache(RULES, 1 << 20);
    inDomain.add("host7@example.com");
    CachedUser user = lenient.find("host7@example.com").join().value();
    for (int i = 0; i < 100; i++) {
      assertThat(lenient.find("host7+" + i + "@example.com").join().value().id())
          .isEqualTo(user.id());
    }
    lenient.view().cleanUp();
    assertThat(lenient.view().estimatedSize()).isEqualTo(101);
    long weight = lenient.view().policy().eviction().orElseThrow().weightedSize().orElseThrow();
    assertThat(weight).isLessThan(101 * 250);
  }
}
