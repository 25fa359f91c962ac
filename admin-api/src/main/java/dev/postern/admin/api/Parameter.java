package dev.postern.admin.api;

import dev.postern.admin.json.Schema;

/**
 * One that an operation takes in its path or query.
 *
 * @param example a value that fits
 */
record Parameter(
    In in, String name, Schema schema, boolean isRequired, String description, String example) {

  /** Where it stands. */
  enum In {
    PATH("path"),
    QUERY("query");

    private final String word;

    In(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static Parameter path(String name, Schema schema, String description, String example) {
    return new Parameter(In.PATH, name, schema, true, description, example);
  }

  static Parameter query(String name, Schema schema, String description, String example) {
    return new Parameter(In.QUERY, name, schema, false, description, example);
  }

  /** The same, which must be there. */
  Parameter required() {
    return new Parameter(in, name, schema, true, description, example);
  }
}
