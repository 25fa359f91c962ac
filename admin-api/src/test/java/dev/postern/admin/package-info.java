@NullMarked
package dev.postern.admin;

import org.jspecify.annotations.NullMarked;
