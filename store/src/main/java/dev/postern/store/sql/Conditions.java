package dev.postern.store.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** What a query asks for, gathered part by part: texts are our own, values are bound. */
final class Conditions {
  private final List<String> parts = new ArrayList<>();
  private final Map<String, Object> values = new HashMap<>();
  private final Map<String, List<String>> lists = new HashMap<>();

  /** One more thing that must be true. */
  Conditions and(String part) {
    parts.add(part);
    return this;
  }

  /** A value that a part names. */
  Conditions with(String name, Object value) {
    values.put(name, value);
    return this;
  }

  /** Values that a part names as {@code IN (<name>)}; at least one. */
  Conditions withList(String name, List<String> list) {
    lists.put(name, list);
    return this;
  }

  boolean isEmpty() {
    return parts.isEmpty();
  }

  /** All parts as one expression; true if there is none. */
  String text() {
    return parts.isEmpty() ? "1 = 1" : String.join(" AND ", parts);
  }

  Query query(Handle handle, String select, String order) {
    String where = parts.isEmpty() ? "" : " WHERE " + text();
    return bind(handle.createQuery(select + where + " " + order));
  }

  /** Gives a query the values. */
  Query bind(Query query) {
    lists.forEach(query.bindMap(values)::bindList);
    return query;
  }
}
