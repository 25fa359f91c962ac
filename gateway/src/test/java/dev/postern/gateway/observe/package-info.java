@NullMarked
package dev.postern.gateway.observe;

import org.jspecify.annotations.NullMarked;
