package dev.postern.store.oauth;

/**
 * How many consents are in a state.
 *
 * @param state in metrics {@code CONNECTED} or {@code NEEDS_CONSENT}
 */
public record ConsentCount(String upstream, OAuthAccount.State state, long number) {}
