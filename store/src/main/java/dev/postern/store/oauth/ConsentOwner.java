package dev.postern.store.oauth;

import dev.postern.store.oauth.GivenConsent.Whose;
import java.util.Optional;

/**
 * Whose consent is taken: who consents for another mailbox would have his mail read by the user.
 *
 * @param mailbox as the provider names it
 * @param isUnnamedTaken whether that of a provider which does not say whose it is will do
 */
public record ConsentOwner(String mailbox, boolean isUnnamedTaken) {

  /** Why it connects nothing; empty if it is theirs, and whole. */
  public Optional<Objection> objection(GivenConsent consent) {
    return ofName(consent.whose())
        .or(() ->
            consent.ungranted().isEmpty()
                ? Optional.empty()
                : Optional.of(new Objection.Ungranted(consent.ungranted())))
        .or(() ->
            consent.minted().refreshToken().isPresent()
                ? Optional.empty()
                : Optional.of(new Objection.NoRefreshToken()));
  }

  private Optional<Objection> ofName(Whose whose) {
    return switch (whose) {
      case Whose.Named(String name) when !name.equalsIgnoreCase(mailbox) ->
          Optional.of(new Objection.OtherMailbox(mailbox, name));
      case Whose.Nobody(String why) when !isUnnamedTaken ->
          Optional.of(new Objection.Unnamed(mailbox, why));
      case Whose.Named _, Whose.Nobody _ -> Optional.empty();
    };
  }
}
