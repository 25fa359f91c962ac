package dev.postern.deploy.node;

import dev.postern.deploy.ConsoleLog;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a changed configuration in force while sessions go on. Looks each second whether the file,
 * or a certificate, key or CA that it names, has changed; a change is read once it has rested for a
 * look, so that nothing half-written counts. What cannot be used is refused whole and the running
 * configuration kept. All work is on one thread of its own.
 */
final class Reloading implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);
  private static final long LOOK_MILLIS = 1000;
  private static final long STOP_SECONDS = 5;

  private final ConfigLoader loader;
  private final Consumer<Configuration> use;
  private final Counter done;
  private final Counter refused;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("postern-reload").daemon().unstarted(task));
  private Configuration running;
  private WatchedFiles read;
  private WatchedFiles seen;

  /**
   * Follows the files from how they were when the configuration was read.
   *
   * @param asRead from before that, so that a change meanwhile counts
   * @param use puts a configuration in force, or throws {@link GatewayException} and changes
   *     nothing
   */
  Reloading(
      Configuration running,
      WatchedFiles asRead,
      ConfigLoader loader,
      Consumer<Configuration> use,
      MeterRegistry metrics) {
    this.running = running;
    this.loader = loader;
    this.use = use;
    this.done = counter(metrics, "done");
    this.refused = counter(metrics, "refused");
    this.read = asRead;
    this.seen = read;
  }

  /** Begins to look each second. */
  void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Reads the file again, changed or not; returns at once. */
  void request() {
    try {
      executor.execute(this::reload);
    } catch (RejectedExecutionException _) {
      // This process ends.
    }
  }

  /** One look at the files. */
  void look() {
    WatchedFiles now = read.again();
    boolean hasRested = now.equals(seen);
    seen = now;
    if (hasRested && !now.equals(read)) {
      reload();
    }
  }

  private void reload() {
    read = read.again();
    try {
      Configuration next = loader.loadToServe(running.file());
      WatchedFiles asRead = WatchedFiles.of(next).as(read);
      List<ConfigProblem> lasting = LastingSettings.changed(running, next);
      if (lasting.isEmpty()) {
        use.accept(next);
        accepted(next, asRead);
      } else {
        refused(lasting);
      }
    } catch (ConfigException bad) {
      refused(bad.problems());
    } catch (GatewayException bad) {
      LOG.error("the configuration stays as it was: {}; {}", bad.getMessage(), bad.remedy());
      refused.increment();
    } catch (RuntimeException fault) {
      LOG.error("the configuration stays as it was", fault);
      refused.increment();
    }
  }

  private void accepted(Configuration next, WatchedFiles asRead) {
    ConsoleLog.write(next.log());
    next.warnings().forEach(warning -> LOG.warn("{}", warning));
    if (LastingSettings.hasOtherKeys(running.store(), next.store())) {
      LOG.warn("the key files hold other keys than this process uses: they count after a restart");
    }
    boolean isPassThroughNew =
        !next.store().guard().passThrough().equals(running.store().guard().passThrough());
    running = next;
    read = asRead;
    seen = asRead;
    done.increment();
    LOG.info(
        "the configuration {} is in force; sessions go on as they are{}",
        next.file(),
        isPassThroughNew
            ? ", but for those with an own password that pass-through no longer takes: they end"
            : "");
  }

  private void refused(List<ConfigProblem> problems) {
    problems.forEach(problem -> LOG.error("the configuration stays as it was: {}", problem));
    refused.increment();
  }

  private static Counter counter(MeterRegistry metrics, String outcome) {
    return Counter.builder("postern.configuration.reloads")
        .description("Attempts to put a changed configuration in force")
        .tag("outcome", outcome)
        .register(metrics);
  }

  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("a reload is still under way");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
