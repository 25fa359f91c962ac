@NullMarked
package dev.postern.gateway.pop3;

import org.jspecify.annotations.NullMarked;
