/**
 * IMAP before login, RFC 9051 and RFC 3501: {@link dev.postern.gateway.imap.ImapFront} speaks with
 * the client, {@link dev.postern.gateway.imap.ImapUpstream} with the server, {@link
 * dev.postern.gateway.imap.ImapDecoder} cuts commands out of bytes, and every word we say stands in
 * {@link dev.postern.gateway.imap.ImapReplies}. Pure, and blind to the other protocols.
 */
@NullMarked
package dev.postern.gateway.imap;

import org.jspecify.annotations.NullMarked;
