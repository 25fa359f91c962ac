package dev.postern.deploy.cli;

import tools.jackson.databind.node.ObjectNode;

/** Says of each part of a site whether it is there: one line each. */
final class CheckedParts {
  private final Output output;

  CheckedParts(Output output) {
    this.output = output;
  }

  /** A part that is good, or down for a reason; whether it is good. */
  boolean say(String name, boolean isUp, String detail) {
    return isUp ? good(name, "") : down(name, detail);
  }

  /**
   * A part that is good; always true.
   *
   * @param note worth knowing all the same, perhaps empty
   */
  boolean good(String name, String note) {
    return good(Output.object(), name, note);
  }

  /**
   * The same.
   *
   * @param about what programs learn besides
   */
  boolean good(ObjectNode about, String name, String note) {
    output.result(
        json(name, true, note).setAll(about),
        name + ": good" + (note.isEmpty() ? "" : " (" + note + ")"));
    return true;
  }

  /** A part that is not; always false. */
  boolean down(String name, String detail) {
    output.result(json(name, false, detail), name + ": DOWN: " + detail);
    return false;
  }

  /** The same, with what to do. */
  boolean down(ObjectNode about, String name, String cause, String detail, String remedy) {
    output.result(
        json(name, false, cause + ": " + detail)
            .setAll(about)
            .put("cause", cause)
            .put("remedy", remedy),
        name + ": DOWN: " + cause + ": " + detail + "; " + remedy);
    return false;
  }

  private static ObjectNode json(String name, boolean isUp, String detail) {
    return Output.object().put("part", name).put("isUp", isUp).put("detail", detail);
  }
}
