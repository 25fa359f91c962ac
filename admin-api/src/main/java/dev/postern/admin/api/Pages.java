package dev.postern.admin.api;

import dev.postern.admin.json.Schema;
import dev.postern.store.Page;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Lists that are given in pages: what asks for one, and how it looks. */
final class Pages {
  static final String LIMIT = "limit";
  static final String CURSOR = "cursor";
  static final int USUAL = 100;
  static final int LONGEST = 1000;

  private Pages() {}

  static Parameter limit() {
    return Parameter.query(
        LIMIT,
        Schema.integer(1, LONGEST),
        "Most items of the page. Default: " + USUAL + ".",
        "100");
  }

  static Parameter cursor() {
    return Parameter.query(
        CURSOR,
        Schema.text(1, Cursor.LONGEST),
        "Where the page begins: \"next\" of the page before.",
        "");
  }

  /** A page of things that stand in the document by that name. */
  static Schema schema(String item) {
    return Schema.object()
        .with("items", Schema.array(Schema.ref(item)))
        .with("next", Schema.text().orNull().describe("The cursor of the next page, if any."));
  }

  static ObjectNode example(JsonNode item) {
    ObjectNode page = JsonNodeFactory.instance.objectNode();
    page.putArray("items").add(item);
    page.putNull("next");
    return page;
  }

  /**
   * A page.
   *
   * @param list its name, for the cursor
   * @param place of an item, where the next page would begin behind it
   */
  static <T> Answer of(
      Call call,
      String list,
      List<T> items,
      Function<T, String> place,
      Function<T, ObjectNode> view) {
    String next =
        items.size() == call.limit()
            ? Cursor.of(list, call.parameters(), place.apply(items.getLast()))
            : "";
    return of(call, next, items, view);
  }

  /** A page as the store gives it. */
  static <T> Answer of(Call call, String list, Page<T> page, Function<T, ObjectNode> view) {
    return of(
        call,
        page.next().map(place -> Cursor.of(list, call.parameters(), place)).orElse(""),
        page.items(),
        view);
  }

  /** A page of a list that is no longer than a page. */
  static <T> Answer whole(Call call, List<T> items, Function<T, ObjectNode> view) {
    return of(call, "", items, view);
  }

  private static <T> Answer of(
      Call call, String next, List<T> items, Function<T, ObjectNode> view) {
    ObjectNode page = JsonNodeFactory.instance.objectNode();
    ArrayNode list = page.putArray("items");
    items.forEach(item -> list.add(view.apply(item)));
    if (next.isEmpty()) {
      page.putNull("next");
      return Answer.ok(page);
    }
    page.put("next", next);
    return Answer.ok(page).with("Link", "<" + address(call, next) + ">; rel=\"next\"");
  }

  /** RFC 8288; relative to the server, whose name a proxy may have changed. */
  private static String address(Call call, String next) {
    Map<String, String> given = call.parameters();
    String path = call.operation().path();
    StringBuilder query = new StringBuilder();
    for (Parameter parameter : call.operation().parameters()) {
      String value = parameter.name().equals(CURSOR) ? next : given.get(parameter.name());
      if (value == null) {
        continue;
      }
      switch (parameter.in()) {
        case PATH -> path = path.replace("{" + parameter.name() + "}", encoded(value));
        case QUERY ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(parameter.name())
                .append('=')
                .append(encoded(value));
      }
    }
    return RouteTable.BASE + path + query;
  }

  /** RFC 3986: also fit for a path. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
