/**
 * SASL, RFC 4422, for all protocols alike and pure: as a server ({@link
 * dev.postern.gateway.sasl.PlainExchange}, {@link dev.postern.gateway.sasl.LoginExchange}), as a
 * client towards upstreams ({@link dev.postern.gateway.sasl.SaslClient}), and their base64 on the
 * wire ({@link dev.postern.gateway.sasl.SaslWire}).
 */
@NullMarked
package dev.postern.gateway.sasl;

import org.jspecify.annotations.NullMarked;
