package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Asks every upstream endpoint now and then what it offers, without logging in, so that listeners
 * announce only what upstreams can do, RFC 5321 §4.1.1.1, and health is known before the first
 * client comes. An upstream that fails is asked again sooner. The times are jittered, so that nodes
 * started together do not ask together.
 */
public final class UpstreamProbes {
  private final UpstreamConnector connector;
  private final UpstreamWatch watch;
  private final EventLoopGroup loops;
  private final String ourName;
  private final Pauses pauses;
  private final RandomGenerator random;
  private final Map<UpstreamTarget, CompletableFuture<Boolean>> underWay =
      new ConcurrentHashMap<>();

  /** The next question for each. */
  private final Map<UpstreamTarget, Future<?>> timers = new ConcurrentHashMap<>();

  private volatile boolean isStopped;

  /**
   * Between two probes of one upstream; up to half of it is added.
   *
   * @param whenIll after one that failed
   */
  public record Pauses(Duration whenWell, Duration whenIll) {
    static final Pauses USUAL = new Pauses(Duration.ofMinutes(4), Duration.ofSeconds(20));
  }

  public UpstreamProbes(
      UpstreamConnector connector,
      UpstreamWatch watch,
      EventLoopGroup loops,
      String ourName,
      Pauses pauses,
      RandomGenerator random) {
    this.connector = connector;
    this.watch = watch;
    this.loops = loops;
    this.ourName = ourName;
    this.pauses = pauses;
    this.random = random;
  }

  /** Asks everybody now, and again until the event loops end. */
  public void start() {
    watch.targets().forEach(target -> keepAsking(loops.next(), target));
  }

  /** Asks nobody any more; completes when nobody is being asked. */
  CompletableFuture<Void> stop() {
    isStopped = true;
    timers.values().forEach(timer -> timer.cancel(false));
    return CompletableFuture.allOf(underWay.values().toArray(CompletableFuture[]::new));
  }

  /**
   * Asks everybody once; completes when all have answered or failed.
   *
   * @param deadline who has not answered then counts as failed
   */
  public CompletableFuture<Void> askOnce(Duration deadline) {
    return CompletableFuture.allOf(
        watch.targets().stream()
            .map(target -> askOnce(target, deadline))
            .toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Boolean> askOnce(UpstreamTarget target, Duration deadline) {
    return ask(loops.next(), target)
        .orTimeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(_ -> {
          String detail = "no answer within " + deadline.toMillis() + " ms";
          watch.failed(target, new UpstreamFailure(Cause.TIMEOUT, detail));
          return false;
        });
  }

  private void keepAsking(EventLoop loop, UpstreamTarget target) {
    ask(loop, target)
        .thenAccept(isWell -> {
          long pause = (isWell ? pauses.whenWell() : pauses.whenIll()).toMillis();
          long jittered = pause + random.nextLong(pause / 2);
          Future<?> timer =
              loop.schedule(() -> keepAsking(loop, target), jittered, TimeUnit.MILLISECONDS);
          timers.put(target, timer);
          if (isStopped) {
            timer.cancel(false);
          }
        });
  }

  private CompletableFuture<Boolean> ask(EventLoop loop, UpstreamTarget target) {
    CompletableFuture<Boolean> isWell = new CompletableFuture<>();
    underWay.put(target, isWell);
    var _ = isWell.whenComplete((_, _) -> underWay.remove(target));
    // Only now: whoever stops either sees this one or is seen.
    if (isStopped) {
      isWell.cancel(false);
      return isWell;
    }
    UpstreamPlan plan =
        new UpstreamPlan(target.endpoint().security(), ourName, Optional.empty(), List.of());
    loop.execute(() ->
        connector.login(
            loop,
            connector.deadline(loop),
            target,
            plan,
            Optional.empty(),
            UpstreamTalk.UNHEARD,
            new UpstreamLogins.Answer() {
              @Override
              public void ready(UpstreamLink link) {
                watch.offered(target, link.session().features());
                link.channel().close();
                isWell.complete(true);
              }

              @Override
              public void failed(UpstreamFailure failure) {
                watch.unanswered(target);
                isWell.complete(false);
              }
            }));
    return isWell;
  }
}
