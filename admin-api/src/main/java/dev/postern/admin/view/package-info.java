/**
 * How things look as JSON, here and on the command line: each view has the object, the schema that
 * says what is in it, and an example.
 */
@NullMarked
package dev.postern.admin.view;

import org.jspecify.annotations.NullMarked;
