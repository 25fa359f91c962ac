package dev.postern.store.auth;

/**
 * A new app password and its secret, the only time it is seen. Whoever shows the secret closes it.
 */
public record IssuedAppPassword(AppPassword appPassword, Secret secret) {}
