package dev.postern.gateway.dialogue;

import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Somebody's own password, as a script has it.
 *
 * @param isNoticeDue whether the client is to be told that own passwords will end
 */
public record ScriptedDelegation(Grant grant, Secret secret, boolean isNoticeDue)
    implements Delegation {

  @Override
  public CompletionStage<Taken> taken() {
    return CompletableFuture.completedFuture(
        new Taken(new AuthOutcome.Accepted(grant), isNoticeDue));
  }

  @Override
  public AuthOutcome refused() {
    return new AuthOutcome.Rejected(RejectReason.OWN_PASSWORD_REFUSED);
  }

  @Override
  public void unanswered() {}

  @Override
  public void abandoned() {}
}
