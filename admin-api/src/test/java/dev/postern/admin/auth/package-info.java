@NullMarked
package dev.postern.admin.auth;

import org.jspecify.annotations.NullMarked;
