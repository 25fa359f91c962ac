/**
 * The composition root: the only module that sees all others. {@link dev.postern.deploy.Main} is
 * the entry; {@code cli} the commands, {@code config} the configuration file, {@code node} what
 * runs, {@code starter} what {@code init} writes, {@code demo} the demonstration.
 */
@NullMarked
package dev.postern.deploy;

import org.jspecify.annotations.NullMarked;
