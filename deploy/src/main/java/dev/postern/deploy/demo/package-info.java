/** The demonstration: a whole site on loopback, with an embedded mailbox server. */
@NullMarked
package dev.postern.deploy.demo;

import org.jspecify.annotations.NullMarked;
