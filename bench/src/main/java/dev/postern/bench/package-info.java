/**
 * Measurements, one class each: JMH benchmarks, and programs that print quotients. Never shipped.
 */
@NullMarked
package dev.postern.bench;

import org.jspecify.annotations.NullMarked;
