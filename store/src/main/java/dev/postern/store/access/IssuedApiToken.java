package dev.postern.store.access;

import dev.postern.store.auth.Secret;

/**
 * A new API token and its text, the only time it is seen. Whoever shows the text closes it.
 *
 * @param secret the whole text that its holder shows, {@code ptk_…}
 */
public record IssuedApiToken(ApiToken token, Secret secret) {}
