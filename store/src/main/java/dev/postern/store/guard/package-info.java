/**
 * What stands between guessers and the verifier: who failed how often, who is known from where, and
 * which networks people have spoken for or against. Bounded memory, no mail words, no JDBC.
 */
@NullMarked
package dev.postern.store.guard;

import org.jspecify.annotations.NullMarked;
