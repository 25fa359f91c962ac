/**
 * Whose logins are shown in the log for a while: who says so, and how a gateway knows. Bounded
 * memory, no mail words, no JDBC.
 */
@NullMarked
package dev.postern.store.trace;

import org.jspecify.annotations.NullMarked;
