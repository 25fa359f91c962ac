package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Carries requests to providers: within a time, to the host that was meant, with answers that are
 * JSON and of bounded length. Methods block; for threads that may. Safe for use by several threads.
 */
final class ProviderHttp implements AutoCloseable {
  /** Most bytes of an answer; tokens have been seen to have 16 KiB. */
  static final int LONGEST_ANSWER = 128 * 1024;

  /** How Java begins to say that the limit of an answer was reached. */
  private static final String TOO_LONG = "body exceeds capacity";

  /** Everybody waits for as long: a provider may ask for much because of one account. */
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

  /** Never of a provider itself: a network that wants a login answers so, RFC 6585 §6. */
  private static final int PORTAL = 511;

  private final Duration timeout;

  /** By whom they trust, if that is not whom Java does. */
  private final Map<SSLContext, HttpClient> clients = new ConcurrentHashMap<>();

  private @Nullable HttpClient usual;

  /**
   * @param timeout for a whole exchange
   */
  ProviderHttp(Duration timeout) {
    this.timeout = timeout;
  }

  private HttpClient client(Optional<SSLContext> trust) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(Redirect.NEVER)
            .connectTimeout(timeout)
            .executor(task -> {
              Thread _ = Thread.ofVirtual().name("postern-oauth-http").start(task);
            });
    trust.ifPresent(builder::sslContext);
    return builder.build();
  }

  /**
   * Sends a request of the OAuth library; the answer has status 200, or one of 400 to 499 with an
   * error in JSON.
   *
   * @param client whom it trusts
   */
  HTTPResponse send(OAuthClient client, HTTPRequest request) throws TokenTroubleException {
    try (Exchange exchange = begin(client, request, timeout)) {
      return exchange.within(timeout);
    }
  }

  /**
   * Sends a request, whose answer is the same, and waits for nothing.
   *
   * @param longest until the headers of the answer
   */
  Exchange begin(OAuthClient client, HTTPRequest request, Duration longest) {
    HttpRequest.Builder builder = builder(request.getURI()).timeout(longest);
    request
        .getHeaderMap()
        .forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
    String body = Optional.ofNullable(request.getBody()).orElse("");
    HttpRequest sent =
        switch (request.getMethod()) {
          case POST -> builder.POST(BodyPublishers.ofString(body, StandardCharsets.UTF_8)).build();
          case GET -> builder.GET().build();
          case PUT, DELETE -> throw new IllegalArgumentException("no provider is asked so");
        };
    return new Exchange(
        sent.uri(),
        clientOf(client)
            .sendAsync(sent, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER)));
  }

  private HttpRequest.Builder builder(URI url) {
    return HttpRequest.newBuilder(url)
        .version(
            url.getScheme().equals("https")
                ? HttpClient.Version.HTTP_2
                : HttpClient.Version.HTTP_1_1)
        .setHeader("Accept", "application/json");
  }

  /** A request whose answer is under way. Closing it breaks that off. For one thread at a time. */
  static final class Exchange implements AutoCloseable {
    private final URI asked;
    private final CompletableFuture<HttpResponse<byte[]>> answer;

    private Exchange(URI asked, CompletableFuture<HttpResponse<byte[]>> answer) {
      this.asked = asked;
      this.answer = answer;
    }

    /** The answer. If it does not come in time, it can be waited for once more. */
    HTTPResponse within(Duration patience) throws TokenTroubleException {
      try {
        return checked(asked, answer.get(patience.toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException _) {
        throw late(asked, patience);
      } catch (ExecutionException e) {
        throw trouble(e.getCause(), asked, patience);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new TokenTroubleException(new TokenTrouble(Kind.BUSY, "this node is stopping"));
      }
    }

    boolean isOver() {
      return answer.isDone();
    }

    @Override
    public void close() {
      answer.cancel(true);
    }
  }

  private HttpClient clientOf(OAuthClient asking) {
    return asking
        .trust()
        .map(trust -> clients.computeIfAbsent(trust, _ -> client(Optional.of(trust))))
        .orElseGet(this::usual);
  }

  /** Whom only others trusted is asked no more. */
  void follow(Collection<OAuthClient> asking) {
    Set<SSLContext> trusted =
        asking.stream().flatMap(client -> client.trust().stream()).collect(Collectors.toSet());
    clients.forEach((trust, client) -> {
      if (!trusted.contains(trust) && clients.remove(trust, client)) {
        client.shutdown();
      }
    });
  }

  private static TokenTroubleException late(URI asked, Duration patience) {
    return trouble(
        Kind.TIMEOUT,
        "no answer from " + asked.getHost() + " within " + patience.toMillis() + " ms");
  }

  private static HTTPResponse checked(URI asked, HttpResponse<byte[]> response)
      throws TokenTroubleException {
    int status = response.statusCode();
    if (status >= 300 && status < 400) {
      throw trouble(
          Kind.REDIRECTED, asked.getHost() + " sends us elsewhere, with status " + status);
    }
    if (status == PORTAL) {
      throw trouble(
          Kind.NOT_AN_ANSWER,
          "something before "
              + asked.getHost()
              + " answered with status 511: this network wants a login first");
    }
    if (status == 429 || status >= 500) {
      throw new TokenTroubleException(
          new TokenTrouble(
              Kind.PROVIDER_BUSY,
              asked.getHost() + " answered with status " + status,
              retryAfter(response)));
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!isJson(type)) {
      throw trouble(
          Kind.NOT_AN_ANSWER,
          asked.getHost()
              + " answered with status "
              + status
              + " and what is no JSON, which is what a proxy with a page of its own does");
    }
    HTTPResponse checked = new HTTPResponse(status);
    try {
      checked.setContentType("application/json");
    } catch (ParseException impossible) {
      throw new IllegalStateException(impossible);
    }
    response.headers().firstValue("Date").ifPresent(date -> checked.setHeader("Date", date));
    checked.setBody(new String(response.body(), StandardCharsets.UTF_8));
    return checked;
  }

  private static boolean isJson(String contentType) {
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return type.equals("application/json") || type.endsWith("+json");
  }

  /** In seconds; a date is passed over. */
  private static Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)))
        .map(time -> time.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : time);
  }

  private static TokenTroubleException trouble(
      @Nullable Throwable failure, URI asked, Duration patience) {
    String host = asked.getHost();
    return switch (failure) {
      case null -> trouble(Kind.NOT_AN_ANSWER, "there is no answer");
      case SSLException _ ->
          trouble(Kind.TLS, "the TLS handshake with " + host + " failed (" + reason(failure) + ")");
      case HttpTimeoutException _ -> late(asked, patience);
      case ConnectException _ when failure.getCause() instanceof UnresolvedAddressException ->
          trouble(Kind.CONNECT, "the name " + host + " does not resolve");
      case ConnectException _ -> trouble(Kind.CONNECT, host + " cannot be connected to");
      case ProtocolException _ ->
          trouble(Kind.NOT_AN_ANSWER, host + " answered with what is no HTTP");
      case IOException _ when String.valueOf(failure.getMessage()).startsWith(TOO_LONG) ->
          trouble(
              Kind.NOT_AN_ANSWER, host + " answered with more than " + LONGEST_ANSWER + " bytes");
      case IOException _ -> trouble(Kind.CONNECT, "the connection to " + host + " broke");
      default ->
          trouble(
              Kind.NOT_AN_ANSWER,
              "the exchange with " + host + " failed (" + failure.getClass().getSimpleName() + ")");
    };
  }

  /** Of the certificate check or of the handshake; Java's own words, which quote no secret. */
  private static String reason(Throwable failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return String.valueOf(last.getMessage());
  }

  private static TokenTroubleException trouble(Kind kind, String detail) {
    return new TokenTroubleException(new TokenTrouble(kind, detail));
  }

  /** Made when it is needed: most commands open a store and never ask. */
  private synchronized HttpClient usual() {
    HttpClient made = usual;
    if (made == null) {
      made = client(Optional.empty());
      usual = made;
    }
    return made;
  }

  @Override
  public synchronized void close() {
    if (usual != null) {
      usual.shutdownNow();
    }
    clients.values().forEach(HttpClient::shutdownNow);
  }
}
