@NullMarked
package dev.postern.deploy.node;

import org.jspecify.annotations.NullMarked;
