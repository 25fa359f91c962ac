@NullMarked
package dev.postern.deploy;

import org.jspecify.annotations.NullMarked;
