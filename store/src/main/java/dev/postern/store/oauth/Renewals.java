package dev.postern.store.oauth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenLeases.Lease;
import dev.postern.store.oauth.TokenLeases.Turn;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets tokens from providers, each renewal on a virtual thread: takes the account's lease, asks,
 * has the refresh token that came along stored, and only then gives the access token out. Safe for
 * use by several threads.
 */
final class Renewals implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Renewals.class);

  /** How long a lease of another node is waited for. */
  private static final Duration LEASE_PATIENCE = TokenLeases.LENGTH.plusSeconds(2);

  /** Of one node, at one provider. */
  private static final int AT_ONCE = 512;

  private static final Duration LAST_WORK = Duration.ofSeconds(5);
  private static final Duration FIRST_LEASE_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_LEASE_PAUSE = Duration.ofMillis(500);

  private final TokenLeases leases;
  private final TokenExchange exchange;
  private final Times times;
  private final RenewalOutcomes outcomes;
  private final LateAnswers late;
  private final Ticker ticker;
  private final RandomGenerator random;
  private final Map<OAuthClient, Desk> desks = new ConcurrentHashMap<>();

  /**
   * Where one registration is asked with: a provider that is slow holds up nobody else.
   *
   * @param turns exchanges at once; more wait, without a lease in hand
   */
  private record Desk(ProviderGate gate, Semaphore turns) {}

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("postern-oauth-", 0).factory());

  /**
   * How long a provider is waited for that is asked for a consent's token.
   *
   * @param prompt by those who want the token
   * @param longest for the refresh token that comes along
   * @param mostLate answers at once that are waited for longer than promptly; more are broken off
   */
  record Times(Duration prompt, Duration longest, int mostLate) {
    static final Times USUAL = new Times(Duration.ofSeconds(10), Duration.ofSeconds(60), 1024);
  }

  Renewals(
      TokenLeases leases,
      TokenExchange exchange,
      Times times,
      Ticker ticker,
      RandomGenerator random) {
    this.leases = leases;
    this.exchange = exchange;
    this.times = times;
    this.outcomes = new RenewalOutcomes(leases);
    this.late = new LateAnswers(leases, outcomes, threads, times);
    this.ticker = ticker;
    this.random = random;
  }

  void tell(RenewalEvents listener) {
    outcomes.tell(listener);
  }

  /** Only these are asked for from now on. */
  void follow(Collection<OAuthClient> clients) {
    desks.keySet().retainAll(clients);
    exchange.follow(clients);
  }

  /** Why nobody asks the provider now; empty if one may. */
  Optional<TokenTrouble> shut(OAuthClient client) {
    return Optional.ofNullable(desks.get(client)).flatMap(desk -> desk.gate().shut());
  }

  /** Whether it may be asked, and has not failed since it last answered. */
  boolean isOpen(OAuthClient client) {
    return Optional.ofNullable(desks.get(client)).map(desk -> desk.gate().isOpen()).orElse(true);
  }

  /**
   * A new token; completes on a thread of its own, never exceptionally.
   *
   * @param after see {@link TokenLeases#begin}
   */
  CompletableFuture<TokenAnswer> renew(OAuthClient client, TokenAccount account, long after) {
    CompletableFuture<TokenAnswer> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> {
        TokenAnswer outcome;
        try {
          outcome = attempt(client, account, after);
        } catch (StoreException | RefusedException e) {
          outcome = denied(Kind.STORE, String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
          outcome = denied(Kind.BUSY, "this node is stopping");
        } catch (RuntimeException | Error fault) {
          LOG.error("a fault of ours while renewing a token for {}", account.upstream(), fault);
          outcome = denied(Kind.STORE, "a fault of ours: " + fault.getClass().getSimpleName());
        }
        answer.complete(outcome);
      });
    } catch (RejectedExecutionException _) {
      answer.complete(denied(Kind.BUSY, "this node is stopping"));
    }
    return answer;
  }

  private TokenAnswer attempt(OAuthClient client, TokenAccount account, long after)
      throws InterruptedException {
    long began = ticker.read();
    Semaphore turns = desk(client).turns();
    Duration pause = FIRST_LEASE_PAUSE;
    while (true) {
      turns.acquire();
      Optional<TokenAnswer> answer;
      try {
        answer = once(client, account, after);
      } finally {
        turns.release();
      }
      if (answer.isPresent()) {
        return answer.get();
      }
      if (ticker.read() - began > LEASE_PATIENCE.toNanos()) {
        return denied(Kind.BUSY, "another node has been asking for it for too long");
      }
      Thread.sleep(pause.plusNanos(random.nextLong(pause.toNanos() / 2)));
      pause =
          LONGEST_LEASE_PAUSE.compareTo(pause.multipliedBy(2)) < 0
              ? LONGEST_LEASE_PAUSE
              : pause.multipliedBy(2);
    }
  }

  /** Empty if it is worth asking again in a moment. */
  private Optional<TokenAnswer> once(OAuthClient client, TokenAccount account, long after)
      throws InterruptedException {
    Optional<TokenTrouble> unknown = places(client);
    if (unknown.isPresent()) {
      return Optional.of(new TokenAnswer.Denied(unknown.get()));
    }
    return switch (leases.begin(account, client.registration(), after)) {
      case Turn.Ours(Lease lease) -> ask(client, lease);
      case Turn.HandedOver(Secret token, Duration left, long order) -> {
        long now = ticker.read();
        yield Optional.of(
            new TokenAnswer.Granted(new AccessToken(token, now, now + left.toNanos(), order)));
      }
      case Turn.NoConsent(TokenTrouble trouble) -> Optional.of(new TokenAnswer.Denied(trouble));
      case Turn.Theirs() -> Optional.empty();
    };
  }

  /**
   * Learns where the provider is before there is a lease, which is meant for one exchange; why not,
   * if that fails.
   */
  private Optional<TokenTrouble> places(OAuthClient client) {
    ProviderGate gate = gate(client);
    // Behind a gate that is shut another node may still hand something over.
    if (exchange.knowsPlaces(client) || gate.enter().isPresent()) {
      return Optional.empty();
    }
    try {
      var _ = exchange.places(client);
      gate.leave();
      return Optional.empty();
    } catch (TokenTroubleException e) {
      nowhere(client, gate, e.trouble());
      return Optional.of(e.trouble());
    } catch (RuntimeException | Error fault) {
      gate.leave();
      throw fault;
    }
  }

  /** Of those who waited for one answer, one tells of it. */
  private void nowhere(OAuthClient client, ProviderGate gate, TokenTrouble trouble) {
    switch (trouble.kind().concern()) {
      case PROVIDER, CLIENT, ASKER, ACCOUNT -> {
        if (gate.failed(trouble)) {
          outcomes.nowhere(client.upstream(), trouble);
        }
      }
      case NODE -> gate.leave();
    }
  }

  private ProviderGate gate(OAuthClient client) {
    return desk(client).gate();
  }

  private Desk desk(OAuthClient client) {
    return desks.computeIfAbsent(
        client, _ -> new Desk(new ProviderGate(ticker, random), new Semaphore(AT_ONCE, true)));
  }

  /** Empty if meanwhile there is another consent, with which it is worth beginning anew. */
  private Optional<TokenAnswer> ask(OAuthClient client, Lease lease) throws InterruptedException {
    ProviderGate gate = gate(client);
    Optional<TokenTrouble> shut = gate.enter();
    if (shut.isPresent()) {
      lease.refreshToken().ifPresent(Secret::close);
      leases.giveUp(lease);
      return Optional.of(new TokenAnswer.Denied(shut.get()));
    }
    try {
      return switch (client.flow()) {
        case OAuthFlow.ClientCredentials() ->
            granted(gate, lease, ticker.read(), exchange.forClient(client));
        case OAuthFlow.ServiceAccount signer ->
            granted(
                gate, lease, ticker.read(), exchange.forMailbox(client, signer, mailbox(lease)));
        case OAuthFlow.Consent _ -> refresh(client, gate, lease);
      };
    } catch (TokenTroubleException e) {
      TokenTrouble trouble = ofAccount(lease.account(), e.trouble());
      tell(gate, lease.account(), trouble);
      return outcomes.refused(lease, trouble)
          ? Optional.of(new TokenAnswer.Denied(trouble))
          : Optional.empty();
    } catch (RuntimeException | Error fault) {
      gate.leave();
      leases.giveUp(lease);
      throw fault;
    }
  }

  private Optional<TokenAnswer> refresh(OAuthClient client, ProviderGate gate, Lease lease)
      throws TokenTroubleException, InterruptedException {
    long asked = ticker.read();
    Refreshing refreshing = begun(client, lease);
    boolean isLate = false;
    try {
      return switch (refreshing.within(times.prompt())) {
        case Refreshed.Whole(Minted minted) -> granted(gate, lease, asked, minted);
        case Refreshed.InPart part -> grantedInPart(gate, lease, part);
      };
    } catch (TokenTroubleException e) {
      isLate = e.trouble().kind() == Kind.TIMEOUT && late.await(gate, lease, refreshing);
      if (!isLate) {
        throw e;
      }
      tell(gate, lease.account(), e.trouble());
      outcomes.awaited(lease, e.trouble());
      return Optional.of(new TokenAnswer.Denied(e.trouble()));
    } finally {
      if (!isLate) {
        refreshing.close();
      }
    }
  }

  private Refreshing begun(OAuthClient client, Lease lease) throws TokenTroubleException {
    try (Secret refreshToken =
        lease
            .refreshToken()
            .orElseThrow(() -> new IllegalStateException("a lease without its token"))) {
      return exchange.refreshing(client, refreshToken, times.longest());
    }
  }

  private Optional<TokenAnswer> granted(ProviderGate gate, Lease lease, long asked, Minted minted)
      throws InterruptedException {
    gate.succeeded();
    Optional<Long> order = Optional.empty();
    try {
      order = outcomes.granted(lease, minted);
    } finally {
      if (order.isEmpty()) {
        minted.accessToken().close();
      }
    }
    return order.map(number ->
        new TokenAnswer.Granted(
            new AccessToken(minted.accessToken(), asked, asked + minted.life().toNanos(), number)));
  }

  private Optional<TokenAnswer> grantedInPart(ProviderGate gate, Lease lease, Refreshed.InPart part)
      throws InterruptedException {
    tell(gate, lease.account(), part.trouble());
    return outcomes.grantedInPart(lease, part)
        ? Optional.of(new TokenAnswer.Denied(part.trouble()))
        : Optional.empty();
  }

  private static void tell(ProviderGate gate, TokenAccount account, TokenTrouble trouble) {
    switch (trouble.kind().concern()) {
      case PROVIDER, CLIENT -> {
        boolean _ = gate.failed(trouble);
      }
      case ASKER -> {
        if (account instanceof TokenAccount.OfSite) {
          boolean _ = gate.failed(trouble);
        } else {
          gate.doubted(account, trouble);
        }
      }
      case ACCOUNT -> gate.succeeded();
      case NODE -> gate.leave();
    }
  }

  /**
   * Google says of a mailbox in a domain that has not let us in what others say of a registration:
   * that is no reason to leave everybody else without tokens.
   */
  private static TokenTrouble ofAccount(TokenAccount account, TokenTrouble trouble) {
    return switch (account) {
      case TokenAccount.OfMailbox _
          when trouble.kind() == Kind.GRANT_REFUSED
              && trouble.detail().startsWith("unauthorized_client") ->
          new TokenTrouble(Kind.CONSENT_ENDED, trouble.detail());
      case TokenAccount.OfMailbox _, TokenAccount.OfSite _, TokenAccount.OfUser _ -> trouble;
    };
  }

  private static String mailbox(Lease lease) {
    return switch (lease.account()) {
      case TokenAccount.OfMailbox(var _, String mailbox) -> mailbox;
      case TokenAccount.OfSite _, TokenAccount.OfUser _ ->
          throw new IllegalStateException("the account is no mailbox");
    };
  }

  private static TokenAnswer denied(Kind kind, String detail) {
    return new TokenAnswer.Denied(new TokenTrouble(kind, detail));
  }

  /**
   * Begins nothing any more, and lets what is under way come to its end for a while: a provider may
   * have answered with a refresh token that nobody else has.
   */
  @Override
  public void close() {
    threads.shutdown();
    try {
      boolean _ = threads.awaitTermination(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }
}
