/**
 * Submission before login, RFC 6409, RFC 5321 and RFC 4954: {@link
 * dev.postern.gateway.smtp.SmtpFront} speaks with the client, {@link
 * dev.postern.gateway.smtp.SmtpUpstream} with the server, {@link
 * dev.postern.gateway.smtp.SmtpDecoder} cuts commands out of bytes, and every word we say stands in
 * {@link dev.postern.gateway.smtp.SmtpReplies}. Pure, and blind to the other protocols.
 */
@NullMarked
package dev.postern.gateway.smtp;

import org.jspecify.annotations.NullMarked;
