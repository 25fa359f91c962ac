package dev.postern.admin.api;

import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.access.Role;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * A request that fits its operation: its sender may make it, its parameters and its body are what
 * the document asks for.
 *
 * @param body null where the operation takes none
 * @param stream the body of an operation that reads it as it comes
 * @param room where the database is asked by what goes on while the answer, or such a body, is on
 *     its way; nobody waits for a client in there
 */
record Call(
    Store store,
    Caller caller,
    Operation operation,
    Map<String, String> parameters,
    JsonNode body,
    InputStream stream,
    Optional<EntityTag> ifMatch,
    Optional<Actor.Once> once,
    WorkingRoom room) {

  /** For the audit. */
  Actor actor() {
    return caller.actor(once);
  }

  boolean isOf(Role role) {
    return caller.role() == role;
  }

  /** A parameter that must be there. */
  String required(String name) {
    return text(name).orElseThrow(() -> new IllegalArgumentException(name));
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  Optional<Boolean> flag(String name) {
    return text(name).map(Boolean::parseBoolean);
  }

  Optional<Instant> moment(String name) {
    return text(name).map(Instants::parse);
  }

  /** Most items of a page. */
  int limit() {
    return text(Pages.LIMIT).map(Integer::parseInt).orElse(Pages.USUAL);
  }

  /** Where this page begins: behind that place. */
  Optional<String> after(String list) {
    return text(Pages.CURSOR).map(cursor -> Cursor.place(list, parameters, cursor));
  }

  /**
   * The version that must still be there at the change.
   *
   * @param today as it was just read
   */
  OptionalLong expected(long today) {
    return ifMatch
        .map(given -> given.expected(EntityTag.of(today), today))
        .orElseGet(OptionalLong::empty);
  }

  /**
   * The same of what has a name for its address.
   *
   * @param id of what was just read
   */
  OptionalLong expected(String id, long today) {
    return ifMatch
        .map(given -> given.expected(EntityTag.of(id, today), today))
        .orElseGet(OptionalLong::empty);
  }

  /** A member of the body; empty if it is missing or null. */
  Optional<JsonNode> member(String name) {
    return Optional.ofNullable(body.get(name)).filter(value -> !value.isNull());
  }

  /** Whether the body has that member, null or not. */
  boolean has(String name) {
    return body.has(name);
  }

  Optional<String> memberText(String name) {
    return member(name).map(JsonNode::stringValue);
  }

  List<String> memberTexts(String name) {
    return member(name)
        .map(list -> list.valueStream().map(JsonNode::stringValue).toList())
        .orElse(List.of());
  }

  /** Without the parameters and the body, which may hold a secret. */
  @Override
  public String toString() {
    return "Call[" + operation.id() + "]";
  }
}
