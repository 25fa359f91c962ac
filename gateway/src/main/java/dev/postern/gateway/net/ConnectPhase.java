package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What comes before a connection: a name, a race of its addresses, and perhaps one more after a
 * pause. Ends exactly once, unless it is cancelled. Used by one event loop.
 *
 * <pre>
 * Resolving --> Racing --> Over
 *     |          ^  |
 *     |        Pausing
 *     +--------------+--failed, cancel--> Over
 * </pre>
 */
final class ConnectPhase {

  /** Before all addresses are tried once more; up to {@link #MORE_PAUSE} is added. */
  private static final Duration PAUSE = Duration.ofMillis(250);

  private static final Duration MORE_PAUSE = Duration.ofMillis(500);

  private final EventLoop loop;
  private final LoginMeans means;
  private final Endpoint endpoint;
  private final ConnectRace.Opening opening;
  private final Finish finish;
  private Stage stage = new Stage.Resolving();

  private sealed interface Stage {
    record Resolving() implements Stage {}

    record Racing(ConnectRace race) implements Stage {}

    record Pausing(Future<?> next) implements Stage {}

    record Over() implements Stage {}
  }

  private enum Round {
    FIRST,
    LAST
  }

  /** Learns how it goes. */
  interface Finish {
    void connected(Channel channel);

    /** No connection was had; called once a round. Whether to try once more. */
    boolean unconnected(UpstreamFailure failure);

    /** There will be none. */
    void failed(UpstreamFailure failure);
  }

  /**
   * @param opening begins to connect to an address
   */
  ConnectPhase(
      EventLoop loop,
      LoginMeans means,
      Endpoint endpoint,
      ConnectRace.Opening opening,
      Finish finish) {
    this.loop = loop;
    this.means = means;
    this.endpoint = endpoint;
    this.opening = opening;
    this.finish = finish;
  }

  void start() {
    CompletableFuture<List<InetAddress>> addresses = means.names().resolve(endpoint.host());
    Future<?> impatience =
        loop.schedule(
            () -> addresses.completeExceptionally(new UnknownHostException("no answer")),
            means.timeouts().upstreamConnect().toNanos(),
            TimeUnit.NANOSECONDS);
    addresses.whenComplete((found, trouble) ->
        loop.execute(() -> {
          impatience.cancel(false);
          resolved(found, trouble);
        }));
  }

  private void resolved(@Nullable List<InetAddress> found, @Nullable Throwable trouble) {
    if (stage instanceof Stage.Over) {
      return;
    }
    if (found != null && !found.isEmpty()) {
      race(found, Round.FIRST);
      return;
    }
    Throwable cause = trouble instanceof CompletionException ? trouble.getCause() : trouble;
    boolean isOurs = cause instanceof RejectedExecutionException;
    unconnected(
        isOurs
            ? new UpstreamFailure(Cause.OVERLOADED, "too many names wait to be resolved")
            : new UpstreamFailure(
                Cause.CONNECT, "the name " + endpoint.host() + " does not resolve"),
        List.of(),
        Round.LAST);
  }

  private void race(List<InetAddress> found, Round round) {
    ConnectRace race =
        new ConnectRace(
            loop,
            means.order(),
            opening,
            new ConnectRace.Finish() {
              @Override
              public void won(Channel channel) {
                stage = new Stage.Over();
                finish.connected(channel);
              }

              @Override
              public void lost(Throwable why) {
                unconnected(Faults.failure(Cause.CONNECT, why), found, round);
              }
            });
    stage = new Stage.Racing(race);
    race.start(means.order().of(found, endpoint.port()));
  }

  private void unconnected(UpstreamFailure failure, List<InetAddress> found, Round round) {
    boolean isWorthAnother = finish.unconnected(failure);
    if (round == Round.FIRST && isWorthAnother) {
      long pause = PAUSE.toNanos() + means.random().nextLong(MORE_PAUSE.toNanos());
      stage =
          new Stage.Pausing(
              loop.schedule(() -> race(found, Round.LAST), pause, TimeUnit.NANOSECONDS));
    } else {
      stage = new Stage.Over();
      finish.failed(failure);
    }
  }

  /** For who sees a connection before its future says that it stands. */
  void won(ChannelFuture attempt) {
    if (stage instanceof Stage.Racing(ConnectRace race)) {
      race.won(attempt);
    }
  }

  /** Gives up; nobody is told. */
  void cancel() {
    Stage left = stage;
    stage = new Stage.Over();
    switch (left) {
      case Stage.Resolving(), Stage.Over() -> {}
      case Stage.Racing(ConnectRace race) -> race.cancel();
      case Stage.Pausing(Future<?> next) -> next.cancel(false);
    }
  }
}
