package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreException;
import dev.postern.store.oauth.TokenAccount.OfUser;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps consents from ending for want of use, which they do after 90 days at Microsoft and six
 * months at Google: renews those that were not used for 30 days, the longest unused first, a few in
 * each round. A renewal is that of a login, with the same lease, so no two nodes make one twice.
 * What fails is left alone for an hour, and a provider that fails as long as logins leave it alone.
 * Rounds run on one thread at a time.
 */
public final class IdleConsents {
  /** Between two rounds. */
  public static final int SECONDS = 5;

  /** Of each round, for what it begins; nodes that started together drift apart. */
  public static final Duration SPREAD = Duration.ofSeconds(4);

  static final Duration IDLE = Duration.ofDays(30);

  /** Under way on this node; with twelve rounds a minute, 48 begin in one. */
  static final int AT_ONCE = 4;

  private static final Duration LEFT_ALONE = Duration.ofHours(1);

  /** More than can fail in that time. */
  private static final int MOST_FAILING = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(IdleConsents.class);

  private final AccessTokens tokens;
  private final Source source;
  private final Clock clock;
  private final RandomGenerator random;
  private final Cache<OfUser, TokenTrouble> failing;
  private final Set<OfUser> underWay = ConcurrentHashMap.newKeySet();
  private boolean isHeldUp;

  /** Where consents are kept. */
  @FunctionalInterface
  public interface Source {

    /**
     * Those that are connected at one of the upstreams and were not refreshed since, the longest
     * unused first. Blocks; throws {@link StoreException} while the database is away.
     */
    List<OfUser> idle(Instant since, Collection<String> upstreams, int limit);
  }

  public IdleConsents(
      AccessTokens tokens, Source source, Clock clock, Ticker ticker, RandomGenerator random) {
    this.tokens = tokens;
    this.source = source;
    this.clock = clock;
    this.random = random;
    this.failing =
        Caffeine.newBuilder()
            .ticker(ticker)
            .maximumSize(MOST_FAILING)
            .expireAfterWrite(LEFT_ALONE)
            .build();
  }

  /** In seconds, until a node that has just started looks: one to two minutes. */
  public int pauseAtStart() {
    return 60 + random.nextInt(60);
  }

  /**
   * Begins as many renewals as there is room for.
   *
   * @param spread time over which they begin
   * @return completes when they have ended, whatever became of them
   */
  public synchronized CompletableFuture<Void> round(Duration spread) {
    Map<String, OAuthClient> clients =
        tokens.wantingConsent().stream()
            .filter(client -> !tokens.isShut(client))
            .collect(Collectors.toMap(OAuthClient::upstream, Function.identity()));
    // From before the question: who ends after it may still be among the answers.
    Set<OfUser> begun = Set.copyOf(underWay);
    int room = AT_ONCE - begun.size();
    if (clients.isEmpty() || room <= 0) {
      return CompletableFuture.completedFuture(null);
    }
    Set<String> inDoubt = new HashSet<>();
    List<CompletableFuture<Void>> renewals = new ArrayList<>();
    for (OfUser account : due(clients.keySet())) {
      OAuthClient client = clients.get(account.upstream());
      if (client != null
          && renewals.size() < room
          && !begun.contains(account)
          && failing.getIfPresent(account) == null
          // One shows whether a provider that failed is back; the others would only be refused.
          && (tokens.isOpen(client) || inDoubt.add(account.upstream()))) {
        renewals.add(renewed(client, account, spread));
      }
    }
    return CompletableFuture.allOf(renewals.toArray(CompletableFuture[]::new));
  }

  /** Enough of them that some are left when those are passed over that have just been tried. */
  private List<OfUser> due(Set<String> upstreams) {
    failing.cleanUp();
    int limit = AT_ONCE + (int) failing.estimatedSize();
    try {
      List<OfUser> due = source.idle(clock.instant().minus(IDLE), upstreams, limit);
      isHeldUp = false;
      return due;
    } catch (StoreException e) {
      if (!isHeldUp) {
        LOG.warn("consents that are not used are not renewed: {}", e.getMessage());
      }
      isHeldUp = true;
      return List.of();
    }
  }

  private CompletableFuture<Void> renewed(OAuthClient client, OfUser account, Duration spread) {
    underWay.add(account);
    return CompletableFuture.supplyAsync(() -> tokens.renewed(client, account), sometimeIn(spread))
        .thenCompose(Function.identity())
        .handle((answer, fault) -> {
          if (fault != null) {
            LOG.error("a fault of ours while renewing a consent at {}", client.upstream(), fault);
          } else if (answer instanceof TokenAnswer.Denied(TokenTrouble trouble)) {
            failing.put(account, trouble);
          }
          underWay.remove(account);
          return null;
        });
  }

  private Executor sometimeIn(Duration spread) {
    return spread.isPositive()
        ? CompletableFuture.delayedExecutor(
            random.nextLong(spread.toMillis()), TimeUnit.MILLISECONDS)
        : Runnable::run;
  }
}
