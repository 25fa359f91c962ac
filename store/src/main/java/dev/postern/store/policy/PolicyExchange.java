package dev.postern.store.policy;

import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Grant;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the policy service: one POST for each question, on threads of its own. How many at once, and
 * for how long, is up to {@link Questions}. Whatever the service does, there is an answer within
 * the timeout.
 */
final class PolicyExchange implements AutoCloseable {
  /**
   * A client opens ten connections at once, and an office a hundred: what finds no place waits, but
   * nobody takes all of the places.
   */
  static final Turns.Limits LIMITS = new Turns.Limits(64, 8, 1024, 64);

  /** Logins that one question may be about at once. */
  static final int MOST_SHARING = 256;

  /** Most bytes of an answer. */
  static final int LONGEST_ANSWER = 4096;

  private static final int OK = 200;

  /** Where questions are asked and answers read. */
  static final Executor THREADS =
      task -> {
        Thread _ = Thread.ofVirtual().name("postern-policy").start(task);
      };

  private final PolicyHook hook;
  private final HttpRequest.Builder form;
  private final Questions questions;

  private @Nullable HttpClient client;
  private boolean isClosed;

  PolicyExchange(PolicyHook hook) {
    this.hook = hook;
    this.form =
        HttpRequest.newBuilder(hook.url())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json");
    hook.token()
        .ifPresent(
            token -> form.header("Authorization", "Bearer " + token.expose(PolicyHook::text)));
    this.questions =
        new Questions(
            LIMITS, MOST_SHARING, hook.timeout(), this::put, THREADS, PolicyExchange::after);
  }

  /**
   * Never completes exceptionally, and where the answer is not there already on {@link #THREADS}.
   */
  CompletableFuture<PolicyAnswer> ask(Attempt attempt, Grant grant) {
    return questions.ask(PolicyQuestion.of(attempt, grant));
  }

  /** One at a time: what is not sent before the end is not sent. */
  private synchronized CompletableFuture<PolicyAnswer> put(PolicyQuestion question) {
    return isClosed
        ? CompletableFuture.completedFuture(Questions.CLOSED)
        : send(question).handleAsync(this::answer, THREADS);
  }

  /** Whoever cancels it, or what follows from it, ends the exchange. */
  private CompletableFuture<HttpResponse<byte[]>> send(PolicyQuestion question) {
    HttpRequest request = form.copy().POST(BodyPublishers.ofByteArray(question.body())).build();
    return client()
        .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER));
  }

  private static Runnable after(Duration delay, Runnable action) {
    Future<?> alarm =
        ForkJoinPool.commonPool().schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> {
      boolean _ = alarm.cancel(false);
    };
  }

  private PolicyAnswer answer(
      @Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
    if (response == null) {
      return new PolicyAnswer.Failure(words(failure));
    }
    return response.statusCode() == OK
        ? PolicyAnswer.parse(response.body())
        : new PolicyAnswer.Failure("it answered with status " + response.statusCode());
  }

  private static String words(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return switch (cause) {
      case null -> "there is no answer";
      case ConnectException _ -> "it cannot be connected to";
      default -> "the exchange failed (" + cause.getClass().getSimpleName() + ")";
    };
  }

  /** Made when it is needed: most commands open a store and never ask. */
  private HttpClient client() {
    HttpClient ready = client;
    if (ready == null) {
      ready =
          HttpClient.newBuilder()
              .version(Version.HTTP_1_1)
              .followRedirects(Redirect.NEVER)
              .connectTimeout(hook.timeout())
              .executor(THREADS)
              .build();
      client = ready;
    }
    return ready;
  }

  /** What is under way comes to its end; nobody waits for it. */
  @Override
  public void close() {
    questions.close();
    shutDown();
  }

  private synchronized void shutDown() {
    isClosed = true;
    if (client != null) {
      client.shutdown();
    }
  }
}
