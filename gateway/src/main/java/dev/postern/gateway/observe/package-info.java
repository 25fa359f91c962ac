/**
 * What happens to sessions, for people and machines: handlers tell {@link
 * dev.postern.gateway.observe.SessionEvents}, {@link dev.postern.gateway.observe.SessionMetrics}
 * counts, {@link dev.postern.gateway.observe.SessionLog} writes lines. Neither names a user before
 * a login was accepted.
 */
@NullMarked
package dev.postern.gateway.observe;

import org.jspecify.annotations.NullMarked;
