/**
 * The record of what happened: every login attempt, and every change that somebody made. Append
 * only, folded where the same thing repeats, bounded in time and size.
 */
@NullMarked
package dev.postern.store.audit;

import org.jspecify.annotations.NullMarked;
