package dev.postern.admin.api;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What a request comes to. */
sealed interface Answer {

  /** A JSON value. */
  record Body(int status, JsonNode json, Map<String, String> headers) implements Answer {
    public Body {
      headers = Map.copyOf(headers);
    }

    /** The same with a header. */
    Body with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Body(status, json, more);
    }

    /** Without the value, which may hold a secret. */
    @Override
    public String toString() {
      return "Body[" + status + "]";
    }

    /** The same, saying which version that is, RFC 9110 §8.8.3. */
    Body version(long version) {
      return with("ETag", EntityTag.of(version));
    }

    /** The same, of what has a name for its address, and that id besides. */
    Body version(String id, long version) {
      return with("ETag", EntityTag.of(id, version));
    }
  }

  /** Done, and there is nothing to say. */
  record Nothing() implements Answer {}

  /** JSON values, one a line, written as they come. */
  record Lines(LineSource source) implements Answer {}

  /** Gives values until there are no more. */
  interface LineSource {
    void writeTo(LineSink sink) throws IOException;
  }

  /** Takes values. */
  interface LineSink {
    void write(JsonNode json) throws IOException;
  }

  static Body ok(JsonNode json) {
    return new Body(200, json, Map.of());
  }

  /**
   * Something new.
   *
   * @param location its address
   */
  static Body created(JsonNode json, String location) {
    return new Body(201, json, Map.of("Location", location));
  }
}
