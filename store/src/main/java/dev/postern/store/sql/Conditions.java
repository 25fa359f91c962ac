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

  Query query(Handle handle, String select, String order) {
    String where = parts.isEmpty() ? "" : " WHERE " + String.join(" AND ", parts);
    Query query = handle.createQuery(select + where + " " + order).bindMap(values);
    lists.forEach(query::bindList);
    return query;
  }
}
