package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.oauth.TokenTrouble.Kind;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Access tokens, held in memory until shortly before they end. For each account one request is
 * under way at a time, on this node by a shared future and on all by a lease; everybody else waits
 * for its answer. While a provider fails, the last good token goes on; without one the answer is
 * that there is none.
 *
 * <pre>
 * token: fresh at hand ──► it
 *        otherwise     ──► one renewal for all who ask ──► its token
 *                                    │ denied, or too slow
 *                                    ▼
 *                           the one at hand, while it is good; else the reason
 * </pre>
 */
public final class AccessTokens implements TokenSource {

  /** Until an answer is given, whatever becomes of the renewal; less than a login may take. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Duration SHORT_PATIENCE = Duration.ofSeconds(4);

  static final Duration USUAL_MARGIN = Duration.ofMinutes(20);

  private static final Duration NEW = Duration.ofMinutes(5);

  /** What is left of a token's life that is not worth beginning a login with. */
  private static final Duration LAST_MOMENTS = Duration.ofSeconds(30);

  /**
   * How long an account is left alone that has no consent, or to which the provider's answer was of
   * no use; a new consent is heard of at once.
   */
  private static final Duration DENIAL_PAUSE = Duration.ofMinutes(1);

  private static final long MOST_BYTES = 128L * 1024 * 1024;
  private static final long MOST_DENIALS = 100_000;

  /** Renewals under way or waiting for the provider; more are told to come again. */
  private static final int MOST_RENEWALS = 4096;

  private final Renewals renewals;
  private final SignedTokens signedTokens;
  private final Ticker ticker;
  private final Cache<Key, AccessToken> held;
  private final Cache<Key, TokenAnswer.Denied> denials;
  private final Map<Key, CompletableFuture<TokenAnswer>> underWay = new ConcurrentHashMap<>();

  /** How often consents have changed. */
  private final AtomicLong changes = new AtomicLong();

  private volatile List<OAuthClient> followed = List.of();

  /** An account by one way of asking. */
  private record Key(TokenAccount account, String client) {
    static Key of(OAuthClient client, TokenAccount account) {
      return new Key(account, client.fingerprint());
    }
  }

  AccessTokens(Renewals renewals, SignedTokens signedTokens, Ticker ticker) {
    this.renewals = renewals;
    this.signedTokens = signedTokens;
    this.ticker = ticker;
    this.held =
        Caffeine.newBuilder()
            .ticker(ticker)
            .maximumWeight(MOST_BYTES)
            .weigher((Key _, AccessToken token) -> 512 + token.value().length())
            .expireAfter(Expiry.writing((Key _, AccessToken token) -> token.left(ticker.read())))
            .build();
    this.denials =
        Caffeine.newBuilder()
            .ticker(ticker)
            .maximumSize(MOST_DENIALS)
            .expireAfterWrite(DENIAL_PAUSE)
            .build();
  }

  @Override
  public CompletableFuture<TokenAnswer> token(
      OAuthClient client, TokenAccount account, Freshness freshness) {
    Key key = Key.of(client, account);
    Optional<AccessToken> atHand = good(key);
    if (atHand.filter(token -> isFresh(token, freshness)).isPresent()) {
      return CompletableFuture.completedFuture(new TokenAnswer.Granted(atHand.get()));
    }
    return renewed(key, client, account, Long.MIN_VALUE).thenApply(answer -> orAtHand(answer, key));
  }

  @Override
  public CompletableFuture<TokenAnswer> tokenAfter(
      OAuthClient client, TokenAccount account, AccessToken refused) {
    Key key = Key.of(client, account);
    return good(key)
        .filter(token -> token.order() > refused.order())
        .<CompletableFuture<TokenAnswer>>map(
            token -> CompletableFuture.completedFuture(new TokenAnswer.Granted(token)))
        .orElseGet(() ->
            renewed(key, client, account, refused.order())
                .thenCompose(answer -> later(answer, key, client, account, refused)));
  }

  /** Who joined a renewal that began before may be given the refused one: then once more. */
  private CompletableFuture<TokenAnswer> later(
      TokenAnswer answer, Key key, OAuthClient client, TokenAccount account, AccessToken refused) {
    return answer instanceof TokenAnswer.Granted(AccessToken token)
            && token.order() <= refused.order()
        ? renewed(key, client, account, refused.order())
        : CompletableFuture.completedFuture(answer);
  }

  @Override
  public boolean isNew(AccessToken token) {
    return token.age(ticker.read()).compareTo(NEW) <= 0;
  }

  @Override
  public CompletableFuture<TokenAnswer> signed(SigningKey key, LoginToken token) {
    return signedTokens.signed(key, token);
  }

  /**
   * Forgets what is known of a user whose consent is another by now.
   *
   * @param userId empty: anybody's may be
   */
  public void consentChanged(Optional<String> userId) {
    // First: what is under way must not be remembered after it was forgotten.
    changes.incrementAndGet();
    held.asMap().keySet().removeIf(key -> isOf(key, userId));
    denials.asMap().keySet().removeIf(key -> isOf(key, userId));
  }

  private static boolean isOf(Key key, Optional<String> userId) {
    return key.account() instanceof TokenAccount.OfUser(var _, String owner)
        && userId.map(owner::equals).orElse(true);
  }

  private Optional<AccessToken> good(Key key) {
    return Optional.ofNullable(held.getIfPresent(key))
        .filter(token -> token.left(ticker.read()).compareTo(LAST_MOMENTS) > 0);
  }

  private boolean isFresh(AccessToken token, Freshness freshness) {
    Duration margin =
        switch (freshness) {
          case USUAL -> shorter(USUAL_MARGIN, token.life().dividedBy(3));
          case LONG_SESSION -> token.life().dividedBy(2);
        };
    return token.left(ticker.read()).compareTo(margin) >= 0;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** What is at hand does as long as it is good; not where the consent has ended. */
  private TokenAnswer orAtHand(TokenAnswer answer, Key key) {
    return switch (answer) {
      case TokenAnswer.Granted granted -> granted;
      case TokenAnswer.Denied denied ->
          denied.trouble().kind().concern() == TokenTrouble.Concern.ACCOUNT
              ? denied
              : good(key).<TokenAnswer>map(TokenAnswer.Granted::new).orElse(denied);
    };
  }

  /**
   * Shares the renewal that is under way; gives up on it after a while, alone, and sooner where
   * there is a token that will do.
   */
  private CompletableFuture<TokenAnswer> renewed(
      Key key, OAuthClient client, TokenAccount account, long after) {
    TokenAnswer.Denied before = denials.getIfPresent(key);
    if (before != null) {
      return CompletableFuture.completedFuture(remembered(key, before));
    }
    Duration patience =
        good(key).filter(token -> token.order() > after).isPresent() ? SHORT_PATIENCE : PATIENCE;
    TokenAnswer late =
        denied(Kind.TIMEOUT, "no token within " + patience.toMillis() + " ms; it is still awaited");
    return shared(key, client, account, after)
        .completeOnTimeout(late, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Of a consent it does not matter when it was last asked for. */
  private TokenAnswer remembered(Key key, TokenAnswer.Denied denied) {
    return switch (denied.trouble().kind().concern()) {
      case ASKER ->
          new TokenAnswer.Denied(
              denied
                  .trouble()
                  .notAskedFor(
                      denials
                          .policy()
                          .expireAfterWrite()
                          .flatMap(expiration -> expiration.ageOf(key))
                          .map(DENIAL_PAUSE::minus)
                          .orElse(Duration.ZERO)));
      case ACCOUNT, PROVIDER, CLIENT, NODE -> denied;
    };
  }

  /** A copy: whoever completes it does so for himself. */
  private CompletableFuture<TokenAnswer> shared(
      Key key, OAuthClient client, TokenAccount account, long after) {
    CompletableFuture<TokenAnswer> mine = new CompletableFuture<>();
    CompletableFuture<TokenAnswer> shared = underWay.putIfAbsent(key, mine);
    if (shared == null) {
      begin(key, client, account, after, mine);
      shared = mine;
    }
    return shared.copy();
  }

  /**
   * A later token whatever is at hand, of the same renewal as everybody's who asks meanwhile; ends
   * when that does.
   */
  CompletableFuture<TokenAnswer> renewed(OAuthClient client, TokenAccount account) {
    return shared(Key.of(client, account), client, account, Long.MIN_VALUE);
  }

  private void begin(
      Key key,
      OAuthClient client,
      TokenAccount account,
      long after,
      CompletableFuture<TokenAnswer> answer) {
    if (underWay.size() > MOST_RENEWALS) {
      end(key, answer, denied(Kind.BUSY, "too many tokens are awaited"));
      return;
    }
    Optional<TokenTrouble> shut = renewals.shut(client);
    if (shut.isPresent()) {
      end(key, answer, new TokenAnswer.Denied(shut.get()));
      return;
    }
    long before = changes.get();
    renewals
        .renew(client, account, after)
        .thenAccept(outcome -> {
          remember(key, outcome, before);
          end(key, answer, outcome);
        });
  }

  /**
   * For the next; of a user's consent only if nobody's has changed meanwhile, as few do.
   *
   * @param before changes when it was begun
   */
  private void remember(Key key, TokenAnswer answer, long before) {
    if (key.account() instanceof TokenAccount.OfUser && changes.get() != before) {
      return;
    }
    switch (answer) {
      case TokenAnswer.Granted(AccessToken token) -> held.put(key, token);
      case TokenAnswer.Denied denied -> {
        switch (denied.trouble().kind().concern()) {
          case ACCOUNT -> {
            held.invalidate(key);
            denials.put(key, denied);
          }
          case ASKER -> {
            if (!(key.account() instanceof TokenAccount.OfSite)) {
              denials.put(key, denied);
            }
          }
          case PROVIDER, CLIENT, NODE -> {}
        }
      }
    }
  }

  /** First out of the way: who comes after this finds what was remembered. */
  private void end(Key key, CompletableFuture<TokenAnswer> answer, TokenAnswer outcome) {
    underWay.remove(key, answer);
    answer.complete(outcome);
  }

  private static TokenAnswer denied(Kind kind, String detail) {
    return new TokenAnswer.Denied(new TokenTrouble(kind, detail));
  }

  /** From now on only these are asked for. */
  public void follow(Collection<OAuthClient> clients) {
    followed = List.copyOf(clients);
    renewals.follow(clients);
  }

  /** Those of them whose tokens stand on the consent of people. */
  public List<OAuthClient> wantingConsent() {
    return followed.stream().filter(client -> client.flow() instanceof OAuthFlow.Consent).toList();
  }

  /** Whether nobody asks that provider now, because it has failed. */
  boolean isShut(OAuthClient client) {
    return renewals.shut(client).isPresent();
  }

  /** Whether it has not failed since it last answered. */
  boolean isOpen(OAuthClient client) {
    return renewals.isOpen(client);
  }
}
