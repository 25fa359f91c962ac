/** What {@code postern init} writes, and certificates for development. */
@NullMarked
package dev.postern.deploy.starter;

import org.jspecify.annotations.NullMarked;
