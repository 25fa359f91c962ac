package dev.postern.admin.api;

import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.json.SchemaCheck;
import dev.postern.admin.json.StrictJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Compares what comes in with what an operation takes. Whatever is not in the document is refused:
 * a filter with a typing error would otherwise mean everything.
 */
final class RequestReading {
  private static final String NO_TEXT = "must be Unicode text without NUL";

  private final Operation operation;
  private final Map<String, SchemaCheck> checks = new HashMap<>();
  private final Optional<SchemaCheck> bodyCheck;

  RequestReading(Operation operation) {
    this.operation = operation;
    for (Parameter parameter : operation.parameters()) {
      checks.put(parameter.name(), new SchemaCheck(parameter.schema().json()));
    }
    this.bodyCheck =
        operation
            .body()
            .flatMap(body ->
                switch (body) {
                  case RequestBody.Json(var _, var schema, var _) ->
                      Optional.of(new SchemaCheck(schema.json()));
                  case RequestBody.Stream _ -> Optional.empty();
                });
  }

  /**
   * The parameters by name.
   *
   * @param path as the router read them
   * @param query each with all its values
   * @throws Refusal {@code INVALID_PARAMETER}, {@code BAD_CURSOR}, or {@code NOT_FOUND} for a path
   *     that nothing can have
   */
  Map<String, String> parameters(Map<String, String> path, Map<String, List<String>> query) {
    Map<String, String> values = new LinkedHashMap<>();
    List<Refusal.Fault> faults = new ArrayList<>();
    Map<String, List<String>> unknown = new LinkedHashMap<>(query);
    for (Parameter parameter : operation.parameters()) {
      String name = parameter.name();
      List<String> given =
          switch (parameter.in()) {
            case PATH -> List.of(path.getOrDefault(name, ""));
            case QUERY -> Optional.ofNullable(unknown.remove(name)).orElse(List.of());
          };
      if (given.isEmpty()) {
        if (parameter.isRequired()) {
          faults.add(new Refusal.Fault(name, "must be given"));
        }
      } else if (given.size() > 1) {
        faults.add(new Refusal.Fault(name, "must be given once"));
      } else {
        misfit(parameter, given.getFirst()).ifPresent(faults::add);
        values.put(name, given.getFirst());
      }
    }
    unknown
        .keySet()
        .forEach(name -> faults.add(new Refusal.Fault(QueryText.shown(name), "is unknown here")));
    if (faults.isEmpty()) {
      return values;
    }
    if (operation.parameters().stream()
        .filter(parameter -> parameter.in() == Parameter.In.PATH)
        .anyMatch(parameter ->
            faults.stream().anyMatch(fault -> fault.place().equals(parameter.name())))) {
      throw Refusal.notFound();
    }
    throw Refusal.of(
        ProblemType.INVALID_PARAMETER, "Some parameters are not as they must be.", faults);
  }

  private Optional<Refusal.Fault> misfit(Parameter parameter, String text) {
    if (!isUnicode(text)) {
      return Optional.of(new Refusal.Fault(parameter.name(), NO_TEXT));
    }
    SchemaCheck check = Objects.requireNonNull(checks.get(parameter.name()));
    return typed(parameter, text)
        .map(value ->
            check.misfits(value).stream()
                .findFirst()
                .map(misfit -> new Refusal.Fault(parameter.name(), misfit.detail())))
        .orElseGet(() ->
            Optional.of(new Refusal.Fault(parameter.name(), "must be of type " + type(parameter))));
  }

  private static String type(Parameter parameter) {
    return parameter.schema().json().path("type").asString("string");
  }

  /** Text as the value that it stands for; empty if it stands for none of the right type. */
  static Optional<JsonNode> typed(Parameter parameter, String text) {
    return switch (type(parameter)) {
      case "integer" ->
          text.matches("-?[0-9]{1,18}")
              ? Optional.of(JsonNodeFactory.instance.numberNode(new BigInteger(text)))
              : Optional.empty();
      case "boolean" ->
          switch (text) {
            case "true" -> Optional.of(BooleanNode.TRUE);
            case "false" -> Optional.of(BooleanNode.FALSE);
            default -> Optional.empty();
          };
      default -> Optional.of(JsonNodeFactory.instance.stringNode(text));
    };
  }

  /**
   * The body as JSON that fits.
   *
   * @throws Refusal {@code UNSUPPORTED_MEDIA_TYPE}, {@code MALFORMED_JSON} or {@code INVALID}
   */
  JsonNode body(Optional<String> contentType, byte[] text) {
    BodyType.require(contentType, "application/json");
    JsonNode value =
        StrictJson.read(text)
            .orElseThrow(() ->
                Refusal.of(
                    ProblemType.MALFORMED_JSON,
                    "The body must be one JSON value in UTF-8 in which no name stands twice."));
    List<Refusal.Fault> faults = new ArrayList<>();
    bodyCheck
        .orElseThrow()
        .misfits(value)
        .forEach(misfit -> faults.add(new Refusal.Fault(misfit.pointer(), misfit.detail())));
    requireUnicode("", value, faults);
    if (!faults.isEmpty()) {
      throw Refusal.of(ProblemType.INVALID, "The body does not fit its schema.", faults);
    }
    return value;
  }

  private static void requireUnicode(String pointer, JsonNode value, List<Refusal.Fault> faults) {
    if (value.isString() && !isUnicode(value.stringValue())) {
      faults.add(new Refusal.Fault(pointer, NO_TEXT));
    }
    value
        .propertyStream()
        .forEach(
            member -> requireUnicode(pointer + "/" + member.getKey(), member.getValue(), faults));
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      requireUnicode(pointer + "/" + i, value.get(i), faults);
    }
  }

  /** PostgreSQL stores neither NUL nor half a character, and would fail in place of an answer. */
  private static boolean isUnicode(String text) {
    return text.codePoints()
        .noneMatch(point ->
            point == 0 || (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE));
  }
}
