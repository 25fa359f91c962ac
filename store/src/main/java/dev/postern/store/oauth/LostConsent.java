package dev.postern.store.oauth;

import java.time.Instant;

/**
 * A consent that the provider takes no more, which was noted down here and nowhere else.
 *
 * @param user his name
 * @param reason the provider's codes
 * @param at when it was noted
 */
public record LostConsent(String user, String upstream, String reason, Instant at) {}
