package dev.postern.deploy.cli;

import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.Consents.Code;
import dev.postern.store.oauth.Consents.Progress;
import dev.postern.store.oauth.GivenConsent;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.Objection;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Has a person consent with a code that is typed in at the provider. Blocks; for one use. */
final class ConsentByCode {
  private final Invocation invocation;
  private final Store store;
  private final OAuthClient client;

  ConsentByCode(Invocation invocation, Store store, OAuthClient client) {
    this.invocation = invocation;
    this.store = store;
    this.client = client;
  }

  /** Shows a code and waits until it was typed in. */
  OAuthAccount of(User user, ConsentOwner owner) {
    GivenConsent consent = consent();
    Minted minted = consent.minted();
    try {
      Optional<Objection> objection = owner.objection(consent);
      if (objection.isPresent()) {
        throw OAuthAdvice.failure(objection.get());
      }
      return store
          .oauthAccounts()
          .connect(user.name(), client.upstream(), minted, invocation.actor());
    } finally {
      minted.refreshToken().ifPresent(Secret::close);
      minted.accessToken().close();
    }
  }

  private GivenConsent consent() {
    try {
      Code code = store.consents().begin(client);
      Instant end = now().plus(code.life());
      invocation
          .output()
          .result(
              Output.object()
                  .put("code", code.userCode())
                  .put("page", code.page().toString())
                  .put("expiresAt", end.toString()),
              "Open "
                  + code.page()
                  + " and type in the code "
                  + code.userCode()
                  + " there.\n"
                  + "Waiting until "
                  + Views.time(end)
                  + " …");
      return waited(code, end);
    } catch (TokenTroubleException e) {
      throw failed(e.trouble());
    }
  }

  private GivenConsent waited(Code code, Instant end) throws TokenTroubleException {
    Duration pause = code.pause();
    while (now().isBefore(end)) {
      Invocation.pause(pause);
      switch (store.consents().ask(client, code, pause)) {
        case Progress.Given(GivenConsent consent) -> {
          return consent;
        }
        case Progress.Waiting(Duration next, Optional<TokenTrouble> trouble) -> {
          pause = next;
          trouble.ifPresent(this::unsaid);
        }
        case Progress.Declined() ->
            throw new CommandFailure(
                "declined", "consent was declined at the provider", "nothing was changed");
        case Progress.Expired() -> end = Instant.MIN;
      }
    }
    throw new CommandFailure(
        "expired", "nobody typed in the code in time", "repeat the command for another code");
  }

  private void unsaid(TokenTrouble trouble) {
    invocation
        .output()
        .note(
            "The provider does not say: "
                + trouble.kind().word()
                + ": "
                + trouble.detail()
                + "; asking again …");
  }

  private CommandFailure failed(TokenTrouble trouble) {
    return OAuthAdvice.failure(client, trouble, now());
  }

  private Instant now() {
    return invocation.surroundings().clock().instant();
  }
}
