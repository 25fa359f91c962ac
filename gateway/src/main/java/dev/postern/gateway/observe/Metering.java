package dev.postern.gateway.observe;

import io.micrometer.core.instrument.MeterRegistry;

/**
 * Where measurements go.
 *
 * @param registry gets all meters but the following
 * @param timers gets those that measure something of one session
 * @param exemplars marks which session that was
 */
public record Metering(MeterRegistry registry, MeterRegistry timers, Exemplars exemplars) {

  /** Everything in one registry, which learns of no session. */
  public static Metering in(MeterRegistry registry) {
    return new Metering(registry, registry, (_, measurement) -> measurement.run());
  }

  /** Says to a registry whose measurement it gets. Called on event loops. */
  @FunctionalInterface
  public interface Exemplars {
    /**
     * Runs {@code measurement}, once and now.
     *
     * @param session its {@link Session#id}
     */
    void of(String session, Runnable measurement);
  }
}
