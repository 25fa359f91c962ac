package dev.postern.store.oauth;

import dev.postern.store.StoreException;
import dev.postern.store.oauth.TokenLeases.Lease;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for answers to refreshes when those who wanted the token have been told to come again: a
 * provider may take the old refresh token no more once it has sent another. Meanwhile the lease is
 * ours, so that nobody shows the old one. Safe for use by several threads.
 */
final class LateAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(LateAnswers.class);

  private final TokenLeases leases;
  private final RenewalOutcomes outcomes;
  private final ExecutorService threads;
  private final Duration patience;
  private final Semaphore places;

  /**
   * @param threads that may block
   */
  LateAnswers(
      TokenLeases leases, RenewalOutcomes outcomes, ExecutorService threads, Renewals.Times times) {
    this.leases = leases;
    this.outcomes = outcomes;
    this.threads = threads;
    this.patience = times.longest().minus(times.prompt());
    this.places = new Semaphore(times.mostLate());
  }

  /**
   * Waits on a thread of its own, and ends the lease.
   *
   * @param refreshing is closed then
   * @return false if nobody does: then nothing has happened
   */
  boolean await(ProviderGate gate, Lease lease, Refreshing refreshing) {
    if (refreshing.isOver() || !places.tryAcquire()) {
      return false;
    }
    try {
      threads.execute(() -> {
        try (refreshing) {
          take(gate, lease, refreshing);
        } finally {
          places.release();
        }
      });
      return true;
    } catch (RejectedExecutionException _) {
      places.release();
      return false;
    }
  }

  private void take(ProviderGate gate, Lease lease, Refreshing refreshing) {
    try {
      prolong(lease);
      switch (refreshing.within(patience)) {
        case Refreshed.Whole(Minted minted) -> {
          outcomes.grantedLate(lease, minted);
          gate.succeeded();
        }
        case Refreshed.InPart part -> {
          boolean _ = outcomes.grantedInPart(lease, part);
        }
      }
    } catch (TokenTroubleException e) {
      end(lease, e.trouble());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error fault) {
      LOG.error("a fault of ours with a late token for {}", lease.account().upstream(), fault);
    }
  }

  /** Without that it may be shown the old refresh token once more, which most providers forgive. */
  private void prolong(Lease lease) {
    try {
      leases.prolong(lease);
    } catch (StoreException e) {
      LOG.warn(
          "the lease of a token at {} could not be made longer: {}",
          lease.account().upstream(),
          e.getMessage());
    }
  }

  private void end(Lease lease, TokenTrouble trouble) {
    try {
      boolean _ = outcomes.refused(lease, trouble);
    } catch (StoreException e) {
      LOG.warn(
          "what came late for a token at {} could not be noted down: {}",
          lease.account().upstream(),
          e.getMessage());
    }
  }
}
