package dev.postern.store.oauth;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Leases of a node that is alone, for accounts without a consent of their own. */
final class FreeLeases implements TokenLeases {
  private final AtomicLong numbers = new AtomicLong();

  @Override
  public Turn begin(TokenAccount account, long after) {
    return new Turn.Ours(new Lease(account, "me", Optional.empty(), 0));
  }

  @Override
  public long keep(Lease lease, Minted minted) {
    return numbers.incrementAndGet();
  }

  @Override
  public boolean consentEnded(Lease lease, String reason) {
    return true;
  }

  @Override
  public void giveUp(Lease lease) {}
}
