package dev.postern.admin.json;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Compares values with a schema. Safe for use by several threads. */
public final class SchemaCheck {
  /** Most faults that are told at once. */
  private static final int MOST = 20;

  /** Nothing is fetched: a schema that names another address is a mistake of ours. */
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder
                  .schemaRegistryConfig(
                      SchemaRegistryConfig.builder()
                          .formatAssertionsEnabled(true)
                          .pathType(PathType.JSON_POINTER)
                          .locale(Locale.ROOT)
                          .build())
                  .schemaLoader(loader -> loader.fetchRemoteResources(false)));

  private final Schema schema;

  /**
   * @param schema without references to others
   */
  public SchemaCheck(ObjectNode schema) {
    this.schema = REGISTRY.getSchema(schema.deepCopy());
    this.schema.initializeValidators();
  }

  /**
   * Something that does not fit.
   *
   * @param pointer where, RFC 6901; empty: the whole
   * @param detail what would be right
   */
  public record Misfit(String pointer, String detail) {}

  /** What does not fit; empty if all does. */
  public List<Misfit> misfits(JsonNode value) {
    List<Misfit> endless = new ArrayList<>();
    addEndless("", value, endless);
    // The library fails of numbers that no long holds, where it should say that they are too large.
    return endless.isEmpty() ? compared(value) : endless.stream().limit(MOST).toList();
  }

  private static void addEndless(String pointer, JsonNode value, List<Misfit> endless) {
    if (value.isNumber() && !value.canConvertToLong()) {
      endless.add(new Misfit(pointer, "must be a number from -2^63 to 2^63-1"));
    }
    value
        .propertyStream()
        .forEach(member ->
            addEndless(pointer + "/" + escaped(member.getKey()), member.getValue(), endless));
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      addEndless(pointer + "/" + i, value.get(i), endless);
    }
  }

  /** RFC 6901 §3. */
  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private List<Misfit> compared(JsonNode value) {
    return schema.validate(value).stream().limit(MOST).map(SchemaCheck::misfit).toList();
  }

  private static Misfit misfit(Error error) {
    return new Misfit(error.getInstanceLocation().toString(), error.getMessage());
  }
}
