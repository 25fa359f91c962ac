/**
 * Tells other systems of what happens, by HTTP. Start with {@link
 * dev.postern.deploy.webhook.Webhooks}.
 */
@NullMarked
package dev.postern.deploy.webhook;

import org.jspecify.annotations.NullMarked;
