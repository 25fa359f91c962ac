/**
 * Who is logged in, over all nodes: each node says whom it has, operators look and end sessions. No
 * mail words, no JDBC.
 */
@NullMarked
package dev.postern.store.session;

import org.jspecify.annotations.NullMarked;
