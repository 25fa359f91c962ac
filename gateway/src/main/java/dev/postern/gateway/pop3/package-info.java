/**
 * POP3 after login, RFC 1939: {@link dev.postern.gateway.pop3.Pop3Tap} watches what a client says.
 * Pure, and blind to the other protocols.
 */
@NullMarked
package dev.postern.gateway.pop3;

import org.jspecify.annotations.NullMarked;
