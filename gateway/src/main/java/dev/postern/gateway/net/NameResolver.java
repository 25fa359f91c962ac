package dev.postern.gateway.net;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Resolves names with the platform's resolver, which blocks, on a few threads of its own. Names
 * that wait are bounded; an address literal is its own answer.
 */
final class NameResolver implements AutoCloseable {
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

  NameResolver() {
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * The addresses of a host, at least one; completes on another thread, or is complete already.
   * Fails with {@link java.net.UnknownHostException}, or with {@link RejectedExecutionException}
   * when too many names are waiting.
   */
  CompletableFuture<List<InetAddress>> resolve(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    if (literal != null) {
      return CompletableFuture.completedFuture(List.of(literal));
    }
    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
    try {
      pool.execute(() -> {
        try {
          answer.complete(List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException e) {
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
