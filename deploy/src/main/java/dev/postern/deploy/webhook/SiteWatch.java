package dev.postern.deploy.webhook;

import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.store.event.Outbox;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then at what nothing tells of by itself, upstreams and certificates, on a thread of
 * its own, and tells webhooks of it.
 */
public final class SiteWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteWatch.class);
  private static final Duration UPSTREAMS = Duration.ofSeconds(1);
  private static final Duration CERTIFICATES = Duration.ofMinutes(10);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("postern-site-watch").factory());

  /**
   * Begins.
   *
   * @param node as operators call this process
   * @param upstreams quick to ask, as the other
   */
  public SiteWatch(
      Outbox outbox,
      String node,
      Supplier<List<UpstreamHealth>> upstreams,
      Supplier<List<X509Certificate>> certificates,
      Clock clock) {
    UpstreamOutages outages = new UpstreamOutages(node);
    repeat(
        () ->
            outages.look(upstreams.get(), System.nanoTime(), clock.instant()).forEach(outbox::tell),
        UPSTREAMS);
    repeat(
        () ->
            certificates.get().stream()
                .flatMap(one -> CertificateSteps.reached(one, clock.instant()).stream())
                .forEach(outbox::tell),
        CERTIFICATES);
  }

  private void repeat(Runnable look, Duration pause) {
    var _ =
        thread.scheduleWithFixedDelay(
            () -> {
              try {
                look.run();
              } catch (RuntimeException fault) {
                LOG.error("a look at upstreams or certificates failed", fault);
              }
            },
            0,
            pause.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
