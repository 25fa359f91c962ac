/**
 * Says to other programs whether a name and a secret fit: to nginx's mail proxy, to Dovecot, to any
 * that speaks HTTP. {@link dev.postern.admin.auth.AuthRoutes} is the URL table, {@code
 * Verification} the one way to the store's verifier, {@link dev.postern.admin.auth.AuthDesk} what
 * is asked of the running node.
 */
@NullMarked
package dev.postern.admin.auth;

import org.jspecify.annotations.NullMarked;
