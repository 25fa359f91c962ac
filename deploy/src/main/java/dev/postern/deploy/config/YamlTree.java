package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigNode.Empty;
import dev.postern.deploy.config.ConfigNode.Entry;
import dev.postern.deploy.config.ConfigNode.Mapping;
import dev.postern.deploy.config.ConfigNode.Position;
import dev.postern.deploy.config.ConfigNode.Scalar;
import dev.postern.deploy.config.ConfigNode.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Turns YAML into a located tree.
 *
 * <p>Own tree and not Jackson's: its tree model keeps no places, and keeps the last of two equal
 * keys without a word. Aliases and tags are refused: a configuration says what it means where it
 * means it, and an alias would be read as the text of its name.
 */
final class YamlTree {
  private static final int DEEPEST = 20;

  private final YAMLParser parser;
  private final Problems problems;

  private YamlTree(YAMLParser parser, Problems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /** Reads one document; problems of form go to {@code problems}, and an unusable one is empty. */
  static ConfigNode read(String yaml, Problems problems) {
    try (YAMLParser parser =
        (YAMLParser) new YAMLFactory().createParser(ObjectReadContext.empty(), yaml)) {
      YamlTree tree = new YamlTree(parser, problems);
      JsonToken first = parser.nextToken();
      if (first == null) {
        return new Empty(new Position(1, 1));
      }
      ConfigNode root = tree.node(first, "", 0);
      if (parser.nextToken() != null) {
        problems.add(
            tree.here(), "", "a second document starts here", "keep everything in one document");
      }
      return root;
    } catch (JacksonException bad) {
      problems.add(place(bad), "", "this is not YAML: " + reason(bad), "check indent and quotes");
      return new Empty(place(bad));
    }
  }

  private ConfigNode node(JsonToken token, String path, int depth) {
    Position at = here();
    refuseReferences(at, path);
    return switch (token) {
      case START_OBJECT -> mapping(at, path, depth);
      case START_ARRAY -> sequence(at, path, depth);
      case VALUE_NULL -> new Empty(at);
      case VALUE_STRING,
          VALUE_NUMBER_INT,
          VALUE_NUMBER_FLOAT,
          VALUE_TRUE,
          VALUE_FALSE,
          VALUE_EMBEDDED_OBJECT ->
          new Scalar(at, parser.getString());
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE ->
          throw new IllegalStateException("the parser gave " + token + " where a value starts");
    };
  }

  private Mapping mapping(Position at, String path, int depth) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (next() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      Position keyAt = here();
      String keyPath = path.isEmpty() ? key : path + "." + key;
      ConfigNode value = deeper(keyPath, depth);
      Entry earlier = entries.putIfAbsent(key, new Entry(keyAt, value));
      if (earlier != null) {
        problems.add(
            keyAt,
            keyPath,
            "is here a second time",
            "the first is in line " + earlier.at().line() + "; keep one of them");
      }
    }
    return new Mapping(at, entries);
  }

  private Sequence sequence(Position at, String path, int depth) {
    List<ConfigNode> items = new ArrayList<>();
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      String itemPath = path + "[" + items.size() + "]";
      items.add(checkDepth(itemPath, depth) ? node(token, itemPath, depth + 1) : skipped());
    }
    return new Sequence(at, items);
  }

  private ConfigNode deeper(String path, int depth) {
    JsonToken token = next();
    return checkDepth(path, depth) ? node(token, path, depth + 1) : skipped();
  }

  private boolean checkDepth(String path, int depth) {
    if (depth < DEEPEST) {
      return true;
    }
    problems.add(here(), path, "is nested too deeply", "no key needs " + DEEPEST + " levels");
    return false;
  }

  private ConfigNode skipped() {
    Position at = here();
    parser.skipChildren();
    return new Empty(at);
  }

  private void refuseReferences(Position at, String path) {
    if (parser.isCurrentAlias()) {
      problems.add(at, path, "uses a YAML alias", "write the value out");
    } else if (parser.getTypeId() != null) {
      problems.add(at, path, "uses a YAML tag", "write the value without it");
    }
  }

  private JsonToken next() {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw new IllegalStateException("the parser ended inside a value");
    }
    return token;
  }

  private Position here() {
    return position(parser.currentTokenLocation());
  }

  private static Position place(JacksonException bad) {
    return bad.getCause() instanceof MarkedYamlEngineException marked
        ? marked
            .getProblemMark()
            .map(mark -> new Position(mark.getLine() + 1, mark.getColumn() + 1))
            .orElseGet(() -> position(bad.getLocation()))
        : position(bad.getLocation());
  }

  private static Position position(@Nullable TokenStreamLocation location) {
    return location == null
        ? new Position(1, 1)
        : new Position(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  /**
   * What is wrong, and no more of the message: the rest quotes the file, which may hold secrets.
   */
  private static String reason(JacksonException bad) {
    String message =
        bad.getCause() instanceof MarkedYamlEngineException marked
            ? String.valueOf(marked.getProblem())
            : String.valueOf(bad.getOriginalMessage());
    return message.lines().findFirst().orElse("it cannot be read").strip();
  }
}
