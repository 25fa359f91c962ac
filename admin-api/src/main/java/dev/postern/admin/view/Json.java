package dev.postern.admin.view;

import dev.postern.admin.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Puts objects together. */
public final class Json {
  private Json() {}

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A member that is null where there is no value. */
  static void put(ObjectNode json, String key, Optional<?> value) {
    value.ifPresentOrElse(v -> json.put(key, v.toString()), () -> json.putNull(key));
  }

  static void put(ObjectNode json, String key, Collection<String> values) {
    ArrayNode array = json.putArray(key);
    values.forEach(array::add);
  }

  /** JSON that stands in the code or the database. */
  public static JsonNode parse(String text) {
    return StrictJson.read(text.getBytes(StandardCharsets.UTF_8))
        .orElseThrow(() -> new IllegalArgumentException("not JSON"));
  }
}
