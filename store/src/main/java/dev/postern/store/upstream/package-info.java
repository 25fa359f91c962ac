/**
 * How upstreams do, over all nodes: each node says how it finds them, operators look. No mail
 * words, no JDBC.
 */
@NullMarked
package dev.postern.store.upstream;

import org.jspecify.annotations.NullMarked;
