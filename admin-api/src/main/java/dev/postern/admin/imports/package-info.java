/** Reads the exports of other mail systems, line by line, and has the store take them. */
@NullMarked
package dev.postern.admin.imports;

import org.jspecify.annotations.NullMarked;
