/**
 * Users, app passwords and their verification, without databases, networks or mail words. {@link
 * dev.postern.store.auth.Verifier} is the one door; read {@link
 * dev.postern.store.auth.PasswordVerifier} (the order of a verification), {@link
 * dev.postern.store.auth.CredentialCache} (what is remembered), {@link
 * dev.postern.store.auth.KeyedDigest} (what is kept of a secret).
 */
@NullMarked
package dev.postern.store.auth;

import org.jspecify.annotations.NullMarked;
