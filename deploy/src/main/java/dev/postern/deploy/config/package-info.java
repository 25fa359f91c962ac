/**
 * Reads the configuration file: YAML into a located tree ({@link
 * dev.postern.deploy.config.ConfigNode}), the tree into the modules' records. Start with {@link
 * dev.postern.deploy.config.ConfigLoader}.
 */
@NullMarked
package dev.postern.deploy.config;

import org.jspecify.annotations.NullMarked;
