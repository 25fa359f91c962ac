@NullMarked
package dev.postern.admin.api;

import org.jspecify.annotations.NullMarked;
