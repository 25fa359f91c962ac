package dev.postern.admin.api;

import dev.postern.admin.json.StrictJson;
import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreException;
import dev.postern.store.access.RepeatedException;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/**
 * Takes requests for one operation from the web server: looks whose they are, whether that one may,
 * and whether they are what the document asks for; has them done; and writes the answer.
 */
final class OperationEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(OperationEndpoint.class);

  /** Those of RFC 9110 §13.1 that are for changes too, but for {@code If-Match}. */
  private static final List<String> CONDITIONS = List.of("If-None-Match", "If-Unmodified-Since");

  private final Operation operation;
  private final RequestReading reading;
  private final Gatehouse gatehouse;
  private final Supplier<Optional<Store>> store;

  /**
   * What all operations share.
   *
   * @param access who
   * @param pace how often
   * @param room how many at once
   * @param paceOfBodies of those that are read as they come
   */
  record Gatehouse(
      Access access,
      RequestPace pace,
      WorkingRoom room,
      PacedBody.Pace paceOfBodies,
      OnceOnly onceOnly,
      ApiMetrics metrics) {}

  /**
   * @param store empty while the node is starting
   */
  OperationEndpoint(Operation operation, Gatehouse gatehouse, Supplier<Optional<Store>> store) {
    this.operation = operation;
    this.reading = new RequestReading(operation);
    this.gatehouse = gatehouse;
    this.store = store;
  }

  void handle(Context request) throws IOException {
    long began = System.nanoTime();
    Answer answer;
    try {
      answer = answer(request);
    } catch (Refusal refusal) {
      refuse(request, refusal, began);
      return;
    } catch (RuntimeException failure) {
      LOG.error("{} failed", operation.id(), failure);
      refuse(
          request, Refusal.of(ProblemType.INTERNAL, "The server failed; its log says why."), began);
      return;
    }
    write(request, answer);
    gatehouse.metrics().answered(System.nanoTime() - began);
  }

  private void refuse(Context request, Refusal refusal, long began) {
    gatehouse.metrics().refused(refusal.type(), System.nanoTime() - began);
    refusal.answer(request);
  }

  private Answer answer(Context request) {
    Store open =
        store
            .get()
            .orElseThrow(() ->
                Refusal.of(ProblemType.UNAVAILABLE, "The server is still starting.").retryAfter(1));
    InetAddress from = address(request);
    Caller caller =
        new Caller(
            gatehouse
                .access()
                .token(open.apiTokens(), SingleHeader.of(request, "Authorization"), from),
            from);
    gatehouse.pace().take(caller.token().id());
    if (!operation.roles().contains(caller.role())) {
      throw Refusal.forbidden("A token of role " + caller.role().word() + " may not do this.");
    }
    Call call = call(request, open, caller);
    // What waits for a client's body goes in when it has something to do there.
    return operation.body().orElse(null) instanceof Operation.RequestBody.Stream
        ? worked(call)
        : gatehouse.room().within(() -> worked(call));
  }

  private Call call(Context request, Store open, Caller caller) {
    Map<String, String> parameters =
        reading.parameters(
            request.pathParamMap(),
            QueryText.parameters(Optional.ofNullable(request.queryString()).orElse("")));
    refuseConditions(request);
    Optional<String> contentType = SingleHeader.of(request, "Content-Type");
    byte[] text = new byte[0];
    JsonNode body = NullNode.getInstance();
    InputStream stream = InputStream.nullInputStream();
    switch (operation.body().orElse(null)) {
      case null -> {}
      case Operation.RequestBody.Json _ -> {
        text = PacedBody.whole(request);
        body = reading.body(contentType, text);
      }
      case Operation.RequestBody.Stream(String mediaType, String _, String _) -> {
        BodyType.require(contentType, mediaType);
        stream = PacedBody.of(request, gatehouse.paceOfBodies());
      }
    }
    return new Call(
        open,
        caller,
        operation,
        parameters,
        body,
        stream,
        ifMatch(request),
        once(request, caller, text),
        gatehouse.room());
  }

  /** What is done all the same is not what was asked for; a read is the whole at worst. */
  private void refuseConditions(Context request) {
    if (operation.method() == Operation.Method.GET) {
      return;
    }
    for (String name : CONDITIONS) {
      if (request.header(name) != null) {
        throw Refusal.of(ProblemType.INVALID_HEADER, name + " is not taken here.");
      }
    }
  }

  private Optional<EntityTag> ifMatch(Context request) {
    return SingleHeader.of(request, "If-Match")
        .map(header -> {
          if (!operation.takesIfMatch()) {
            throw Refusal.of(ProblemType.INVALID_HEADER, "If-Match is not taken here.");
          }
          return EntityTag.parse(header)
              .orElseThrow(() ->
                  Refusal.of(
                      ProblemType.INVALID_HEADER,
                      "If-Match must be the ETag of an answer, in double quotes."));
        });
  }

  private Optional<Actor.Once> once(Context request, Caller caller, byte[] body) {
    return operation.replay().isEmpty()
        ? Optional.empty()
        : SingleHeader.of(request, OnceOnly.HEADER)
            .map(key ->
                gatehouse
                    .onceOnly()
                    .once(caller, key, request.method() + " " + request.path(), body));
  }

  private Answer worked(Call call) {
    try {
      Optional<Answer> before = gatehouse.onceOnly().before(call);
      return before.isPresent() ? before.get() : operation.work().on(call);
    } catch (RepeatedException repeated) {
      return gatehouse.onceOnly().after(call, repeated);
    } catch (RefusedException refused) {
      // The same request may have done it a moment ago, on another node.
      return gatehouse.onceOnly().before(call).orElseThrow(() -> translated(refused));
    } catch (StoreException trouble) {
      throw Refusal.of(
              ProblemType.UNAVAILABLE, "The database does not answer; the server's log says more.")
          .retryAfter(5);
    }
  }

  /** Why the store did not do it, in the words of this API. */
  private Refusal translated(RefusedException refused) {
    return switch (refused.code()) {
      case NOT_FOUND -> Refusal.notFound();
      case STALE -> EntityTag.stale();
      case CONFLICT -> told(ProblemType.CONFLICT, refused);
      case LIMIT -> told(ProblemType.LIMIT, refused);
      case STATE -> told(ProblemType.STATE, refused);
      case INVALID ->
          told(
              operation.body().isPresent() ? ProblemType.INVALID : ProblemType.INVALID_PARAMETER,
              refused);
    };
  }

  private static Refusal told(ProblemType type, RefusedException refused) {
    return Refusal.of(type, sentence(String.valueOf(refused.getMessage())));
  }

  private static String sentence(String detail) {
    return detail.isEmpty()
        ? detail
        : detail.substring(0, 1).toUpperCase(Locale.ROOT) + detail.substring(1) + ".";
  }

  private static void write(Context request, Answer answer) throws IOException {
    switch (answer) {
      case Answer.Nothing() -> request.status(204);
      case Answer.Body(int status, JsonNode json, Map<String, String> headers) -> {
        headers.forEach(request::header);
        request.status(status).contentType("application/json").result(StrictJson.write(json));
      }
      case Answer.Lines(Answer.LineSource source) -> {
        request.status(200).contentType("application/x-ndjson");
        OutputStream out = request.outputStream();
        source.writeTo(line -> {
          out.write(StrictJson.write(line));
          out.write('\n');
        });
        out.flush();
      }
    }
  }

  private static InetAddress address(Context request) {
    return InetAddress.ofLiteral(request.ip());
  }
}
