@NullMarked
package dev.postern.deploy.cli;

import org.jspecify.annotations.NullMarked;
