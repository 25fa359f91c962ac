@NullMarked
package dev.postern.gateway.net;

import org.jspecify.annotations.NullMarked;
