@NullMarked
package dev.postern.gateway.dialogue;

import org.jspecify.annotations.NullMarked;
