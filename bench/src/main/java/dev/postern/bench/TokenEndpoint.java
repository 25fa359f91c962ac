package dev.postern.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A provider on loopback that thinks for a while and takes each refresh token once; it counts. Safe
 * for use by several threads.
 */
public final class TokenEndpoint implements AutoCloseable {
  /** Name of the upstream whose mailboxes its tokens open. */
  public static final String UPSTREAM = "cloud";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Duration delay;
  private final Set<String> refreshTokens = ConcurrentHashMap.newKeySet();
  private final AtomicInteger number = new AtomicInteger();
  private final AtomicInteger here = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Queue<Long> arrivals = new ConcurrentLinkedQueue<>();
  private volatile Duration life = Duration.ofHours(1);

  /**
   * Starts it.
   *
   * @param delay from a request until its answer
   */
  public TokenEndpoint(Duration delay) throws IOException {
    this.delay = delay;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2_000);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
  }

  /** What Postern is there. */
  public static OAuthClient client(URI endpoint) {
    return new OAuthClient(
        UPSTREAM,
        "postern",
        new ClientCredential.None(),
        new OAuthFlow.Consent(OAuthFlow.Way.DEVICE_CODE),
        new Provider.Known(endpoint, Optional.empty(), Optional.of(endpoint.resolve("/device"))),
        List.of("mail"),
        Map.of(),
        Optional.empty());
  }

  /** A refresh token as after a consent. */
  public Secret consent() {
    String token = "rt-" + number.incrementAndGet();
    refreshTokens.add(token);
    return Secret.ofText(token);
  }

  /** The same with all that the store wants to know of a consent. */
  Minted consentOf(String user) {
    return new Minted(
        Secret.ofText("used up"),
        Duration.ofHours(1),
        Optional.of(consent()),
        Optional.of(user),
        client(uri()).registration());
  }

  /** Of access tokens from now on. */
  void tokensLive(Duration time) {
    life = time;
  }

  /** Moments at which requests came, {@link System#nanoTime}. */
  public List<Long> arrivals() {
    return List.copyOf(arrivals);
  }

  /** Requests that were here at once, at most. */
  public int most() {
    return most.get();
  }

  /** Refresh tokens that came a second time, or that nobody was given. */
  public int refused() {
    return refused.get();
  }

  /** Counts anew. */
  void forget() {
    arrivals.clear();
    most.set(0);
    refused.set(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      arrivals.add(System.nanoTime());
      most.accumulateAndGet(here.incrementAndGet(), Math::max);
      String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String old = form.replaceFirst("^.*\\brefresh_token=([^&]*).*$", "$1");
      boolean isTaken = refreshTokens.remove(old);
      if (!isTaken) {
        refused.incrementAndGet();
      }
      LockSupport.parkNanos(delay.toNanos());
      here.decrementAndGet();
      byte[] body =
          (isTaken ? tokens() : "{\"error\":\"invalid_grant\"}").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(isTaken ? 200 : 400, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** As long as a real access token, 1,500 characters. */
  private String tokens() {
    int next = number.incrementAndGet();
    refreshTokens.add("rt-" + next);
    return "{\"token_type\":\"Bearer\",\"expires_in\":%d,\"access_token\":\"%s\",\"refresh_token\":\"rt-%d\"}"
        .formatted(life.toSeconds(), "%01500d".formatted(next), next);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
