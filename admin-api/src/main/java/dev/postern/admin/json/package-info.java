/** JSON: reading it strictly, and schemas that both say and check what it holds. */
@NullMarked
package dev.postern.admin.json;

import org.jspecify.annotations.NullMarked;
