package dev.postern.deploy.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Carries an event to its receiver, once: within a time, and nowhere that the receiver redirects
 * to. What it answers beside its status is not read. Methods block; safe for use by several
 * threads.
 */
final class WebhookHttp implements AutoCloseable {
  private final Duration timeout;
  private final HttpClient client;

  /**
   * @param timeout for a whole exchange
   */
  WebhookHttp(Duration timeout) {
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(Redirect.NEVER)
            .connectTimeout(timeout)
            .executor(task -> {
              Thread _ = Thread.ofVirtual().name("postern-webhook-http").start(task);
            })
            .build();
  }

  /** Sends it; why it was not taken, if so, in words that hold nothing of the receiver's. */
  Optional<String> send(Webhook webhook, String body, Instant now) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(webhook.url())
            .timeout(timeout)
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/json")
            .header("User-Agent", "Postern")
            .header(WebhookSignature.HEADER, WebhookSignature.of(webhook.secret(), now, body))
            .POST(BodyPublishers.ofString(body))
            .build();
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(request, BodyHandlers.ofInputStream());
    try {
      HttpResponse<InputStream> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      response.body().close();
      int status = response.statusCode();
      return status >= 200 && status < 300
          ? Optional.empty()
          : Optional.of("it answered with status " + status);
    } catch (TimeoutException _) {
      return Optional.of("no answer within " + timeout.toMillis() + " ms");
    } catch (ExecutionException e) {
      return Optional.of(
          "the exchange failed ("
              + Optional.ofNullable(e.getCause()).orElse(e).getClass().getSimpleName()
              + ")");
    } catch (IOException _) {
      return Optional.of("the answer broke off");
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
