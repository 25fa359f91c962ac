package dev.postern.store.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * A token endpoint on loopback that does what a real provider cannot be made to do. By itself it
 * gives tokens that live for an hour, and another refresh token each time.
 */
public final class ScriptedProvider implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger number = new AtomicInteger();
  private final Set<String> refreshTokens = ConcurrentHashMap.newKeySet();
  private final List<Map<String, String>> requests = new CopyOnWriteArrayList<>();
  private volatile boolean voidsOld;
  private volatile Duration delay = Duration.ZERO;
  private volatile Function<Map<String, String>, Answer> script = this::usual;

  /** What it says. */
  public record Answer(int status, String contentType, String body, Map<String, String> headers) {
    public static Answer json(int status, String body) {
      return new Answer(status, "application/json", body, Map.of());
    }

    public static Answer error(String code, String description) {
      return json(
          400, "{\"error\":\"%s\",\"error_description\":\"%s\"}".formatted(code, description));
    }

    /** An access token of an hour, and a refresh token if it is not empty. */
    public static Answer tokens(String access, String refresh) {
      return json(
          200,
          "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\"%s}"
              .formatted(
                  access, refresh.isEmpty() ? "" : ",\"refresh_token\":\"" + refresh + "\""));
    }
  }

  public ScriptedProvider() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  public URI tokenEndpoint() {
    return at("/token");
  }

  public URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  /** A refresh token as after a consent. */
  public String consent() {
    String token = "rt-" + number.incrementAndGet();
    refreshTokens.add(token);
    return token;
  }

  /** From now on a refresh token can be used once. */
  public void voidOldTokens() {
    voidsOld = true;
  }

  /** Ends a consent. */
  public void revoke(String token) {
    refreshTokens.remove(token);
  }

  /** How long it thinks before each answer. */
  public void delay(Duration time) {
    delay = time;
  }

  /** What it says instead of its own answers. */
  public void script(Function<Map<String, String>, Answer> answers) {
    script = answers;
  }

  /** Its own answers again. */
  public void mend() {
    script = this::usual;
  }

  /** Forms that it got, in order. */
  public List<Map<String, String>> requests() {
    return new ArrayList<>(requests);
  }

  /** What it says by itself. */
  public Answer usual(Map<String, String> form) {
    int next = number.incrementAndGet();
    if (!"refresh_token".equals(form.get("grant_type"))) {
      return Answer.tokens("at-" + next, "");
    }
    String old = String.valueOf(form.get("refresh_token"));
    boolean isValid = voidsOld ? refreshTokens.remove(old) : refreshTokens.contains(old);
    if (!isValid) {
      return Answer.error("invalid_grant", "AADSTS700082: The refresh token has expired");
    }
    refreshTokens.add("rt-" + next);
    return Answer.tokens("at-" + next, "rt-" + next);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> form = form(exchange);
      requests.add(form);
      if (delay.isPositive()) {
        LockSupport.parkNanos(delay.toNanos());
      }
      Answer answer = script.apply(form);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.contentType());
      answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
      exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static Map<String, String> form(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> form = new HashMap<>();
    form.put("path", exchange.getRequestURI().getPath());
    for (String pair : body.split("&", -1)) {
      int at = pair.indexOf('=');
      if (at > 0) {
        form.put(
            URLDecoder.decode(pair.substring(0, at), StandardCharsets.UTF_8),
            URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
      }
    }
    return form;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
