@NullMarked
package dev.postern.gateway.imap;

import org.jspecify.annotations.NullMarked;
