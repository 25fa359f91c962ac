/**
 * POP3 before login, RFC 1939, RFC 2449 and RFC 5034: {@link dev.postern.gateway.pop3.Pop3Front}
 * speaks with the client, {@link dev.postern.gateway.pop3.Pop3Upstream} with the server, {@link
 * dev.postern.gateway.pop3.Pop3Decoder} cuts commands out of bytes, and every word we say stands in
 * {@link dev.postern.gateway.pop3.Pop3Replies}; after it {@link dev.postern.gateway.pop3.Pop3Tap}
 * watches what a client says. Pure, and blind to the other protocols.
 */
@NullMarked
package dev.postern.gateway.pop3;

import org.jspecify.annotations.NullMarked;
