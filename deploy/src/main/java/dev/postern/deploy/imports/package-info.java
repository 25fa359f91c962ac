/** Reads the exports of other mail systems, line by line, for {@code postern import}. */
@NullMarked
package dev.postern.deploy.imports;

import org.jspecify.annotations.NullMarked;
