package dev.postern.bench;

import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import java.util.concurrent.CompletionStage;

/** Takes longer over some names: what a measurement of timing must find. */
record LeakingVerifier(Verifier verifier, String prefix, long nanos) implements Verifier {

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    if (attempt.loginName().startsWith(prefix)) {
      long end = System.nanoTime() + nanos;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }
    return verifier.verify(attempt);
  }

  @Override
  public void exposed(Attempt attempt) {
    verifier.exposed(attempt);
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    return verifier.recheck(grant);
  }
}
