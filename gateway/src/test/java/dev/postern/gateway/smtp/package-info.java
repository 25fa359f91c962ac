@NullMarked
package dev.postern.gateway.smtp;

import org.jspecify.annotations.NullMarked;
