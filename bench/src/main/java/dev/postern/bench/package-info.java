/** JMH benchmarks of single operations, one class each; never shipped. */
@NullMarked
package dev.postern.bench;

import org.jspecify.annotations.NullMarked;
