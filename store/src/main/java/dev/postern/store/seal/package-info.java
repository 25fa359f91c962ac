/**
 * Secrets at rest that must come out again, such as an upstream's password: {@link
 * dev.postern.store.seal.SecretBox} seals each to its place in the database, so that a cell that
 * was moved does not open.
 */
@NullMarked
package dev.postern.store.seal;

import org.jspecify.annotations.NullMarked;
