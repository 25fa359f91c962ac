/**
 * Who may use the admin API, and what was asked for there already: {@link
 * dev.postern.store.access.ApiTokens} are what programs show, {@link
 * dev.postern.store.access.Replays} remember requests that are made once. Checking a token needs
 * memory alone ({@link dev.postern.store.access.TokenBook}).
 */
@NullMarked
package dev.postern.store.access;

import org.jspecify.annotations.NullMarked;
