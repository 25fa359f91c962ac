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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Asks the policy service: one POST for each login, on threads of its own, at most {@value #MOST}
 * under way, and {@value #MOST_OF_A_USER} of a user. Whatever the service does, there is an answer
 * within the timeout.
 */
final class PolicyExchange implements AutoCloseable {
  /** Most questions at once; more than that are not asked. */
  static final int MOST = 64;

  /** Most of them about one user, who must not keep the others out. */
  static final int MOST_OF_A_USER = 8;

  /** Most bytes of an answer. */
  static final int LONGEST_ANSWER = 4096;

  private static final int OK = 200;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** Where questions are asked and answers read. */
  static final Executor THREADS =
      task -> {
        Thread _ = Thread.ofVirtual().name("postern-policy").start(task);
      };

  private final PolicyHook hook;
  private final HttpRequest.Builder form;
  private final long timeoutMillis;
  private final Semaphore room = new Semaphore(MOST);

  /** Questions under way by user id; a user without any is not in it. */
  private final ConcurrentHashMap<String, Integer> ofUsers = new ConcurrentHashMap<>();

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
    this.timeoutMillis = hook.timeout().toMillis();
  }

  /** Never completes exceptionally, nor on the thread that asks. */
  CompletableFuture<PolicyAnswer> ask(Attempt attempt, Grant grant) {
    if (!room.tryAcquire()) {
      return noRoom("more than " + MOST + " questions at once");
    }
    if (ofUsers.merge(grant.userId(), 1, Integer::sum) > MOST_OF_A_USER) {
      release(grant);
      return noRoom("more than " + MOST_OF_A_USER + " questions at once about one user");
    }
    return CompletableFuture.supplyAsync(() -> request(attempt, grant), THREADS)
        .thenCompose(this::send)
        .handleAsync(this::answer, THREADS)
        .whenComplete((_, _) -> release(grant));
  }

  private void release(Grant grant) {
    Integer _ = ofUsers.computeIfPresent(grant.userId(), (_, now) -> now == 1 ? null : now - 1);
    room.release();
  }

  private static CompletableFuture<PolicyAnswer> noRoom(String why) {
    return CompletableFuture.supplyAsync(() -> new PolicyAnswer.NoRoom(why), THREADS);
  }

  private HttpRequest request(Attempt attempt, Grant grant) {
    byte[] body =
        MAPPER.writeValueAsBytes(
            JsonNodeFactory.instance
                .objectNode()
                .put("user", grant.user())
                .put("credential", grant.credentialId())
                .put("protocol", attempt.scope().word())
                .put("mechanism", attempt.mechanism())
                .put("address", attempt.peer().getHostAddress())
                .put("tls", attempt.protection().word())
                .put("client", attempt.clientName()));
    return form.copy().POST(BodyPublishers.ofByteArray(body)).build();
  }

  private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
    CompletableFuture<HttpResponse<byte[]>> call =
        client()
            .sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER));
    // The client's own timeout ends with the headers.
    return call.copy()
        .orTimeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .whenComplete((_, failure) -> {
          if (failure != null) {
            boolean _ = call.cancel(true);
          }
        });
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

  private String words(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return switch (cause) {
      case null -> "there is no answer";
      case TimeoutException _ -> "there is no answer within " + timeoutMillis + " ms";
      case ConnectException _ -> "it cannot be connected to";
      default -> "the exchange failed (" + cause.getClass().getSimpleName() + ")";
    };
  }

  /** Made when it is needed: most commands open a store and never ask. */
  private synchronized HttpClient client() {
    if (isClosed) {
      throw new IllegalStateException("another service is asked by now, or none");
    }
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
  public synchronized void close() {
    isClosed = true;
    if (client != null) {
      client.shutdown();
    }
  }
}
