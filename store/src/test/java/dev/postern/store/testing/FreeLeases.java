package dev.postern.store.testing;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenLeases;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Leases of a node that is alone, for accounts without a consent of their own. */
public final class FreeLeases implements TokenLeases {
  private final AtomicLong numbers = new AtomicLong();

  @Override
  public Turn begin(TokenAccount account, String registration, long after) {
    return new Turn.Ours(new Lease(account, "me", Optional.empty(), 0));
  }

  @Override
  public Optional<Long> keep(Lease lease, Minted minted) {
    return Optional.of(numbers.incrementAndGet());
  }

  @Override
  public Optional<Long> keepLate(Lease lease, Minted minted) {
    return keep(lease, minted);
  }

  @Override
  public boolean keepAlone(Lease lease, Secret refreshToken) {
    return true;
  }

  @Override
  public void prolong(Lease lease) {}

  @Override
  public End consentEnded(Lease lease, String reason) {
    return End.NOTED;
  }

  @Override
  public void giveUp(Lease lease) {}
}
