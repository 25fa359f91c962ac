@NullMarked
package dev.postern.store.auth;

import org.jspecify.annotations.NullMarked;
