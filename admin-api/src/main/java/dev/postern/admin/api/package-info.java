/**
 * The REST API of operators. A {@link dev.postern.admin.api.Operation} is one line of its table:
 * what it takes, what it answers, who may, and what does it; the document at {@code /openapi.json},
 * the checks of every request, and the routes come from the same line. Start with {@link
 * dev.postern.admin.api.RouteTable}.
 */
@NullMarked
package dev.postern.admin.api;

import org.jspecify.annotations.NullMarked;
