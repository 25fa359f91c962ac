/**
 * Keys under which the TLS sessions of clients are kept by the clients themselves. No mail words,
 * no JDBC.
 */
@NullMarked
package dev.postern.store.tickets;

import org.jspecify.annotations.NullMarked;
