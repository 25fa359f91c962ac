/**
 * The site's own policy service: asked over HTTP about each login that would succeed. {@link
 * dev.postern.store.policy.PolicyService} says what becomes of its answers and of its silence,
 * {@link dev.postern.store.policy.PolicyExchange} asks, {@link dev.postern.store.policy.Questions}
 * decides when and for how many logins at once, {@link dev.postern.store.policy.PolicyAnswer} is
 * what it may say. Event loops put questions, and wait for nothing.
 */
@NullMarked
package dev.postern.store.policy;

import org.jspecify.annotations.NullMarked;
