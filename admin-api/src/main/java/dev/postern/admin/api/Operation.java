package dev.postern.admin.api;

import dev.postern.admin.json.Schema;
import dev.postern.store.access.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * One line of the route table.
 *
 * @param path below {@code /api/v1}, with parameters in braces
 * @param id stable; names the operation in the document
 * @param roles who may
 * @param body what it takes, if it takes a body
 * @param results what it answers if all is well
 * @param problems what else it may answer, beside what every operation may
 * @param replay what a request that was done before is answered, where an {@code Idempotency-Key}
 *     is taken
 */
record Operation(
    Method method,
    String path,
    String id,
    Tag tag,
    String summary,
    String description,
    Set<Role> roles,
    List<Parameter> parameters,
    Optional<RequestBody> body,
    List<Result> results,
    Set<ProblemType> problems,
    boolean takesIfMatch,
    Optional<Replaying> replay,
    Work work) {

  Operation {
    roles = Set.copyOf(roles);
    parameters = List.copyOf(parameters);
    results = List.copyOf(results);
    problems = Set.copyOf(problems);
  }

  /** How it is asked for. */
  enum Method {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE
  }

  /** Does it; blocks. */
  interface Work {
    Answer on(Call call);
  }

  /** Answers what was done before. */
  interface Replaying {
    /**
     * What came of the earlier request, without its secret.
     *
     * @param subjectId what it made, as the audit names it
     */
    Answer of(Call call, String subjectId);
  }

  /** What a request has to hold. */
  sealed interface RequestBody {
    /**
     * A JSON value.
     *
     * @param name of the schema in the document
     */
    record Json(String name, Schema schema, JsonNode example) implements RequestBody {}

    /** Text that is read as it comes. */
    record Stream(String mediaType, String description, String example) implements RequestBody {}
  }

  /** A way in which all is well. */
  sealed interface Result {
    int status();

    String description();

    /**
     * A JSON value.
     *
     * @param carried what comes with it
     */
    record Json(
        int status, String description, Schema schema, JsonNode example, Set<Carried> carried)
        implements Result {
      public Json {
        carried = Set.copyOf(carried);
      }

      Json(int status, String description, Schema schema, JsonNode example) {
        this(status, description, schema, example, Set.of());
      }

      /** The same with a header. */
      Json carrying(Carried more) {
        Set<Carried> all = EnumSet.of(more);
        all.addAll(carried);
        return new Json(status, description, schema, example, all);
      }
    }

    /** JSON values, one a line. */
    record Lines(int status, String description, Schema schema, JsonNode example)
        implements Result {}

    /** No body. */
    record Nothing(int status, String description) implements Result {}
  }

  /** A header of an answer. */
  enum Carried {
    LOCATION("Location", "The address of what was made."),
    ETAG("ETag", "Its version, for If-Match.");

    private final String field;
    private final String description;

    Carried(String field, String description) {
      this.field = field;
      this.description = description;
    }

    String field() {
      return field;
    }

    String description() {
      return description;
    }
  }

  /** Groups operations in the document. */
  enum Tag {
    USERS("users", "Who may have app passwords."),
    APP_PASSWORDS("app passwords", "What users' programs log in with."),
    SESSIONS("sessions", "Who is logged in, on all nodes."),
    TRACES("traces", "Users whose logins are shown in the log for a while."),
    RECORD("record", "What happened: attempts to log in, and changes that people made."),
    NETWORKS("networks", "Client networks that are shut out, and exceptions."),
    POLICY("policy", "What app passwords may be."),
    SITE("site", "Nodes, upstreams and keys."),
    TOKENS("tokens", "Who may use this API.");

    private final String word;
    private final String description;

    Tag(String word, String description) {
      this.word = word;
      this.description = description;
    }

    String word() {
      return word;
    }

    String description() {
      return description;
    }
  }

  static Draft get(String path, String id) {
    return new Draft(Method.GET, path, id);
  }

  static Draft post(String path, String id) {
    return new Draft(Method.POST, path, id);
  }

  static Draft put(String path, String id) {
    return new Draft(Method.PUT, path, id);
  }

  static Draft patch(String path, String id) {
    return new Draft(Method.PATCH, path, id);
  }

  static Draft delete(String path, String id) {
    return new Draft(Method.DELETE, path, id);
  }

  /** An operation that is being written down. */
  static final class Draft {
    private final Method method;
    private final String path;
    private final String id;
    private Tag tag = Tag.SITE;
    private String summary = "";
    private String description = "";
    private Set<Role> roles = Set.of();
    private final List<Parameter> parameters = new ArrayList<>();
    private Optional<RequestBody> body = Optional.empty();
    private final List<Result> results = new ArrayList<>();
    private final Set<ProblemType> problems = EnumSet.noneOf(ProblemType.class);
    private boolean takesIfMatch;
    private Optional<Replaying> replay = Optional.empty();

    private Draft(Method method, String path, String id) {
      this.method = method;
      this.path = path;
      this.id = id;
    }

    /** What it does: a line, and perhaps more. */
    Draft does(Tag group, String line, String more) {
      tag = group;
      summary = line;
      description = more;
      return this;
    }

    Draft may(Set<Role> who) {
      roles = who;
      return this;
    }

    Draft takes(Parameter... more) {
      parameters.addAll(List.of(more));
      return this;
    }

    Draft takes(RequestBody wanted) {
      body = Optional.of(wanted);
      return this;
    }

    Draft answers(Result result) {
      results.add(result);
      return this;
    }

    Draft refuses(ProblemType... more) {
      problems.addAll(List.of(more));
      return this;
    }

    /** Takes {@code If-Match}. */
    Draft ifMatch() {
      takesIfMatch = true;
      problems.add(ProblemType.STALE);
      return this;
    }

    /** Takes an {@code Idempotency-Key}. */
    Draft once(Replaying replaying) {
      replay = Optional.of(replaying);
      problems.add(ProblemType.KEY_REUSED);
      problems.add(ProblemType.GONE);
      return this;
    }

    Operation by(Work work) {
      return new Operation(
          method,
          path,
          id,
          tag,
          summary,
          description,
          roles,
          parameters,
          body,
          results,
          problems,
          takesIfMatch,
          replay,
          work);
    }
  }
}
