@NullMarked
package dev.postern.gateway;

import org.jspecify.annotations.NullMarked;
