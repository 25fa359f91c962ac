/**
 * The client's side up to the login, as far as it is the same in every protocol: which state waits
 * for what, what is counted, and that no secret is taken in clear. Pure, like the protocols.
 */
@NullMarked
package dev.postern.gateway.login;

import org.jspecify.annotations.NullMarked;
