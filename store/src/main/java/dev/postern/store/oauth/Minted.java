package dev.postern.store.oauth;

import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * What a provider gave.
 *
 * @param life of the access token
 * @param refreshToken if it gave one, or another one in place of that which was used
 * @param subject whom it is for, in the provider's words, as far as it says so
 * @param registration to whom it was given, {@link OAuthClient#registration}
 */
public record Minted(
    Secret accessToken,
    Duration life,
    Optional<Secret> refreshToken,
    Optional<String> subject,
    String registration) {}
