package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenLeases.Lease;
import dev.postern.store.oauth.TokenTrouble.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What renewals come to: has it kept, ends the lease, and tells of it. Methods block on the
 * database. Safe for use by several threads.
 */
final class RenewalOutcomes {
  private static final Logger LOG = LoggerFactory.getLogger(RenewalOutcomes.class);

  private static final Duration FIRST_SAVE_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_SAVE_PAUSE = Duration.ofSeconds(5);

  private final TokenLeases leases;
  private volatile RenewalEvents events = (_, _) -> {};

  RenewalOutcomes(TokenLeases leases) {
    this.leases = leases;
  }

  void tell(RenewalEvents listener) {
    events = listener;
  }

  /**
   * The provider gave a token.
   *
   * @return the access token's order, see {@link TokenLeases#keep}
   */
  Optional<Long> granted(Lease lease, Minted minted) throws InterruptedException {
    try {
      Optional<Long> order = kept(lease, () -> leases.keep(lease, minted));
      events.renewed(lease.account().upstream(), "renewed");
      return order;
    } finally {
      minted.refreshToken().ifPresent(Secret::close);
    }
  }

  /** It gave one when nobody waited any more. */
  void grantedLate(Lease lease, Minted minted) throws InterruptedException {
    try {
      var _ = kept(lease, () -> leases.keepLate(lease, minted));
      events.renewed(lease.account().upstream(), "renewed");
      LOG.info(
          "a late answer of the provider was kept: a token for {} at {}",
          who(lease.account()),
          lease.account().upstream());
    } finally {
      minted.refreshToken().ifPresent(Secret::close);
      minted.accessToken().close();
    }
  }

  /**
   * It gave nothing that can be used but a refresh token.
   *
   * @return whether that was kept; if not, there is another consent
   */
  boolean grantedInPart(Lease lease, Refreshed.InPart part) throws InterruptedException {
    boolean isKept;
    try (Secret refreshToken = part.refreshToken()) {
      isKept = kept(lease, () -> leases.keepAlone(lease, refreshToken));
    }
    tell(who(lease.account()), lease.account().upstream(), part.trouble());
    return isKept;
  }

  /**
   * It gave none.
   *
   * @return whether that is the end of it; else there is another consent by now
   */
  boolean refused(Lease lease, TokenTrouble trouble) {
    String upstream = lease.account().upstream();
    if (trouble.kind() == Kind.CONSENT_ENDED && lease.account() instanceof TokenAccount.OfUser) {
      switch (leases.consentEnded(lease, trouble.detail())) {
        case NOTED, KNOWN -> {}
        case ANOTHER -> {
          events.renewed(upstream, trouble.kind().word());
          return false;
        }
      }
    } else {
      leases.giveUp(lease);
    }
    tell(who(lease.account()), upstream, trouble);
    return true;
  }

  /** It has given none yet, and may still. */
  void awaited(Lease lease, TokenTrouble trouble) {
    tell(who(lease.account()), lease.account().upstream(), trouble);
  }

  /** It cannot be found. */
  void nowhere(String upstream, TokenTrouble trouble) {
    tell("anybody", upstream, trouble);
  }

  private void tell(String who, String upstream, TokenTrouble trouble) {
    events.renewed(upstream, trouble.kind().word());
    LOG.warn(
        "no token for {} at {}: cause={} detail=\"{}\"",
        who,
        upstream,
        trouble.kind().word(),
        trouble.detail());
  }

  private static String who(TokenAccount account) {
    return switch (account) {
      case TokenAccount.OfSite _ -> "all mailboxes";
      case TokenAccount.OfMailbox(var _, String mailbox) -> mailbox;
      case TokenAccount.OfUser(var _, String userId) -> "user " + userId;
    };
  }

  /**
   * Until it is kept, whatever keeps it from that: the provider may take the old refresh token no
   * more, and has given the new one to nobody else.
   */
  private static <T> T kept(Lease lease, Supplier<T> keeping) throws InterruptedException {
    Duration pause = FIRST_SAVE_PAUSE;
    while (true) {
      try {
        return keeping.get();
      } catch (RuntimeException e) {
        LOG.warn(
            "a refresh token for {} at {} waits to be stored: {}",
            who(lease.account()),
            lease.account().upstream(),
            e.getMessage());
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
        if (pause.compareTo(LONGEST_SAVE_PAUSE) > 0) {
          pause = LONGEST_SAVE_PAUSE;
        }
      }
    }
  }
}
