package dev.postern.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;

/**
 * The process as metrics: memory, garbage collection, threads, classes, descriptors, uptime.
 *
 * <p>Micrometer's processor binder is left out: it has a gauge {@code system_cpu_count}, and {@code
 * promtool check metrics} refuses that name because {@code _count} belongs to histograms.
 */
public final class JvmMetrics implements AutoCloseable {
  private final JvmGcMetrics collections;

  private JvmMetrics(JvmGcMetrics collections) {
    this.collections = collections;
  }

  /** Registers them all; closing the result stops listening to the garbage collector. */
  public static JvmMetrics bindTo(MeterRegistry metrics) {
    new JvmMemoryMetrics().bindTo(metrics);
    new JvmThreadMetrics().bindTo(metrics);
    new ClassLoaderMetrics().bindTo(metrics);
    new JvmInfoMetrics().bindTo(metrics);
    new FileDescriptorMetrics().bindTo(metrics);
    new UptimeMetrics().bindTo(metrics);
    JvmGcMetrics collections = new JvmGcMetrics();
    collections.bindTo(metrics);
    return new JvmMetrics(collections);
  }

  @Override
  public void close() {
    collections.close();
  }
}
