/**
 * The command line: one class per group of commands, plain text or JSON lines on standard output,
 * what went wrong on standard error. Start with {@link dev.postern.deploy.cli.CommandLines}.
 */
@NullMarked
package dev.postern.deploy.cli;

import org.jspecify.annotations.NullMarked;
