package dev.postern.store.auth;

import java.time.Instant;
import java.util.Optional;

/** Nobody writes uses down. */
final class NoUses implements UseLog {
  @Override
  public void used(String credentialId, AppPassword.LastUse use, boolean isSuccession) {
    // Not looked at here.
  }

  @Override
  public void sentInClear(String credentialId, boolean isRight, Instant at) {
    // Not looked at here.
  }

  @Override
  public Optional<Instant> latest(String credentialId) {
    return Optional.empty();
  }
}
