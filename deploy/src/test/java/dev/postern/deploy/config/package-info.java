@NullMarked
package dev.postern.deploy.config;

import org.jspecify.annotations.NullMarked;
