package dev.postern.admin.api;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values that programs trip over. */
final class HostileText {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "null",
          "0",
          "-1",
          "9223372036854775808",
          "1e400",
          "true",
          "alice@example.com",
          "ALICE@EXAMPLE.COM",
          "nobody@example.com",
          "@",
          "a@",
          "@b",
          "a\u0000b",
          "a\r\nSet-Cookie: b",
          "\u202eevil",
          "\ud800",
          "\ud83d\ude00",
          "e\u0301\u0327",
          "../../etc/passwd",
          "%2e%2e",
          "'; DROP TABLE users; --",
          "\" OR 1=1",
          "<script>alert(1)</script>",
          "${jndi:ldap://x}",
          "192.0.2.0/24",
          "192.0.2.1/24",
          "::/0",
          "::ffff:127.0.0.1/128",
          "2026-12-01T00:00:00Z",
          "2026-02-30T00:00:00Z",
          "+1000000000-12-31T23:59:59Z",
          "0000-01-01T00:00:00Z",
          "2016-12-31T23:59:60Z",
          "never",
          "999999999d",
          "0s",
          "imap",
          "admin",
          "x".repeat(400),
          "ä".repeat(700));

  /** That no long holds, or no int. */
  private static final List<String> NUMBERS =
      List.of(
          "1e308",
          "1e19",
          "-1e25",
          "9223372036854775808",
          "-9223372036854775809",
          "2147483648",
          "1e-300",
          "1e999");

  private HostileText() {}

  static String any(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  /** The same value with something else in it somewhere. */
  static JsonNode mutated(JsonNode value, Random random) {
    if (value instanceof ObjectNode object && random.nextInt(6) != 0) {
      ObjectNode copy = object.deepCopy();
      List<String> names = List.copyOf(copy.propertyNames());
      if (names.isEmpty() || random.nextInt(8) == 0) {
        copy.put(any(random), any(random));
        return copy;
      }
      String name = names.get(random.nextInt(names.size()));
      switch (random.nextInt(4)) {
        case 0 -> copy.remove(name);
        case 1 -> copy.set(name, scalar(random));
        case 2 -> copy.put(name, any(random));
        default -> copy.set(name, mutated(copy.get(name), random));
      }
      return copy;
    }
    return scalar(random);
  }

  private static JsonNode scalar(Random random) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (random.nextInt(9)) {
      case 0 -> nodes.nullNode();
      case 1 -> nodes.booleanNode(random.nextBoolean());
      case 2 -> nodes.numberNode(random.nextLong());
      case 3 -> nodes.numberNode(random.nextInt(50));
      case 4 -> nodes.arrayNode().add(any(random)).add(any(random));
      case 5 -> nodes.objectNode().put("x", any(random));
      case 6 -> nodes.numberNode(random.nextBoolean() ? 1.5 : 16.0);
      case 7 -> nodes.numberNode(new BigDecimal(NUMBERS.get(random.nextInt(NUMBERS.size()))));
      default -> nodes.stringNode(any(random));
    };
  }
}
