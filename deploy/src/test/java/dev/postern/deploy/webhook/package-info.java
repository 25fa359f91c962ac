@NullMarked
package dev.postern.deploy.webhook;

import org.jspecify.annotations.NullMarked;
