@NullMarked
package dev.postern.gateway.sasl;

import org.jspecify.annotations.NullMarked;
