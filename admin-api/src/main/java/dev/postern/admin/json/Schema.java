package dev.postern.admin.json;

import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a JSON value may be, as a schema of the dialect 2020-12 that OpenAPI 3.1 uses. Immutable;
 * each method gives another one.
 */
public final class Schema {
  private final ObjectNode node;

  private Schema(ObjectNode node) {
    this.node = node;
  }

  private static Schema of(String type) {
    return new Schema(JsonNodeFactory.instance.objectNode().put("type", type));
  }

  /** A string. */
  public static Schema text() {
    return of("string");
  }

  /**
   * A string of that length.
   *
   * @param shortest Unicode code points
   */
  public static Schema text(int shortest, int longest) {
    return text().set("minLength", shortest).set("maxLength", longest);
  }

  /** A string that matches from its first to its last character. */
  public static Schema pattern(String regex) {
    return new Schema(text().copy().put("pattern", "^(?:" + regex + ")$"));
  }

  /** One of some words. */
  public static Schema words(Collection<String> words) {
    ObjectNode copy = text().copy();
    ArrayNode list = copy.putArray("enum");
    words.forEach(list::add);
    return new Schema(copy);
  }

  /** One of some words. */
  public static Schema words(String... words) {
    return words(List.of(words));
  }

  /** A moment, RFC 3339. */
  public static Schema moment() {
    return new Schema(text().copy().put("format", "date-time")).set("maxLength", 40);
  }

  /** A whole number within bounds. */
  public static Schema integer(long least, long most) {
    return of("integer").set("minimum", least).set("maximum", most);
  }

  /** A whole number that is not negative. */
  public static Schema count() {
    return of("integer").set("minimum", 0);
  }

  public static Schema bool() {
    return of("boolean");
  }

  /** A list. */
  public static Schema array(Schema items) {
    ObjectNode copy = of("array").copy();
    copy.set("items", items.copy());
    return new Schema(copy);
  }

  /** A list that is sent to us, and so is bounded; each item once. */
  public static Schema set(Schema items, int least, int most) {
    ObjectNode copy = array(items).copy();
    copy.put("minItems", least).put("maxItems", most).put("uniqueItems", true);
    return new Schema(copy);
  }

  /** An object without members yet; it takes no others than are named. */
  public static Schema object() {
    ObjectNode copy = of("object").copy();
    copy.putObject("properties");
    copy.put("additionalProperties", false);
    return new Schema(copy);
  }

  /** An object with any members. */
  public static Schema anyObject() {
    return of("object");
  }

  /** What fits at least one of them. */
  public static Schema anyOf(Schema... cases) {
    ObjectNode either = JsonNodeFactory.instance.objectNode();
    ArrayNode list = either.putArray("anyOf");
    for (Schema each : cases) {
      list.add(each.copy());
    }
    return new Schema(either);
  }

  /** One that stands elsewhere in the document, by its name there. */
  public static Schema ref(String name) {
    return new Schema(
        JsonNodeFactory.instance.objectNode().put("$ref", "#/components/schemas/" + name));
  }

  /** An object with one more member, which must be there. */
  public Schema with(String name, Schema member) {
    ObjectNode copy = may(name, member).copy();
    copy.withArray("/required").add(name);
    return new Schema(copy);
  }

  /** An object with one more member, which may be missing. */
  public Schema may(String name, Schema member) {
    ObjectNode copy = copy();
    copy.withObject("/properties").set(name, member.copy());
    return new Schema(copy);
  }

  /** That, or null. */
  public Schema orNull() {
    ObjectNode copy = copy();
    JsonNode type = copy.get("type");
    if (type == null) {
      ObjectNode either = JsonNodeFactory.instance.objectNode();
      either.putArray("anyOf").add(copy).addObject().put("type", "null");
      return new Schema(either);
    }
    copy.putArray("type").add(type.stringValue()).add("null");
    if (copy.get("enum") instanceof ArrayNode words) {
      words.addNull();
    }
    return new Schema(copy);
  }

  /** The same, explained. */
  public Schema describe(String text) {
    return new Schema(copy().put("description", text));
  }

  /** The same with an example. */
  public Schema example(String value) {
    ObjectNode copy = copy();
    copy.putArray("examples").add(value);
    return new Schema(copy);
  }

  private Schema set(String keyword, long value) {
    return new Schema(copy().put(keyword, value));
  }

  /** As JSON; the caller's own. */
  public ObjectNode json() {
    return copy();
  }

  private ObjectNode copy() {
    return node.deepCopy();
  }
}
