package dev.postern.store.oauth;

/**
 * Whose consent is taken: who consents for another mailbox would have his mail read by the user.
 *
 * @param mailbox as the provider names it
 * @param isUnnamedTaken whether that of a provider which does not say whose it is will do
 */
public record ConsentOwner(String mailbox, boolean isUnnamedTaken) {

  /** Whether it is theirs. */
  public boolean gave(Minted consent) {
    return consent.subject().map(mailbox::equalsIgnoreCase).orElse(isUnnamedTaken);
  }
}
