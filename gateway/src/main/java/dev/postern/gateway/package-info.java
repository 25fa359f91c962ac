/**
 * The gateway as others see it: {@link dev.postern.gateway.Gateway} starts and stops it, {@link
 * dev.postern.gateway.GatewayConfig} is all it is told.
 *
 * <p>Inside, read {@code dialogue} (the idea: one input in, one step out), {@code imap} or its
 * twins {@code smtp} and {@code pop3} with {@code sasl} (what is said), {@code net} (who executes
 * it), {@code observe} (what is counted and logged of it).
 */
@NullMarked
package dev.postern.gateway;

import org.jspecify.annotations.NullMarked;
