package dev.postern.gateway.net;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves names with the platform's resolver, which blocks, on a few threads of its own. Who asks
 * for a name while it is being looked up shares the answer, and so does who asks soon after. Names
 * that wait are bounded; an address literal is its own answer. Safe for use by several threads.
 */
final class NameResolver implements AutoCloseable {

  /** How long an answer is used; Java's own resolver keeps one for half a minute before that. */
  static final Duration KEPT = Duration.ofSeconds(5);

  private static final int THREADS = 4;
  private static final int WAITING = 256;
  private static final long KEEP_SECONDS = 30;

  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          KEEP_SECONDS,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING),
          new DefaultThreadFactory("resolver", true));

  private final LookUp lookUp;
  private final Ticker ticker;

  /** By host; of as many as upstreams have. */
  private final Map<String, Asked> asked = new ConcurrentHashMap<>();

  /** Finds all addresses of a host; blocks. */
  interface LookUp {
    InetAddress[] all(String host) throws UnknownHostException;
  }

  private record Asked(CompletableFuture<List<InetAddress>> answer, long at) {}

  NameResolver() {
    this(InetAddress::getAllByName, Ticker.systemTicker());
  }

  NameResolver(LookUp lookUp, Ticker ticker) {
    this.lookUp = lookUp;
    this.ticker = ticker;
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * The addresses of a host, at least one; completes on another thread, or is complete already.
   * Fails with {@link UnknownHostException}, or with {@link RejectedExecutionException} when too
   * many names are waiting. To complete it oneself is to give up alone.
   */
  CompletableFuture<List<InetAddress>> resolve(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    if (literal != null) {
      return CompletableFuture.completedFuture(List.of(literal));
    }
    long now = ticker.nanoTime();
    Asked before = asked.get(host);
    if (before != null && isOfUse(before, now)) {
      return before.answer.copy();
    }
    return asked
        .compute(
            host,
            (_, other) ->
                other != null && isOfUse(other, now) ? other : new Asked(lookedUp(host), now))
        .answer
        .copy();
  }

  private static boolean isOfUse(Asked asked, long now) {
    return !asked.answer.isDone()
        || (!asked.answer.isCompletedExceptionally() && now - asked.at < KEPT.toNanos());
  }

  private CompletableFuture<List<InetAddress>> lookedUp(String host) {
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    try {
      pool.execute(() -> {
        try {
          answer.complete(List.of(lookUp.all(host)));
        } catch (UnknownHostException | RuntimeException | Error e) {
          answer.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
