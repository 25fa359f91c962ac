/**
 * What other systems are told of: what happened, and the box in the database where it waits until
 * somebody brings it to them.
 */
@NullMarked
package dev.postern.store.event;

import org.jspecify.annotations.NullMarked;
