package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigNode.Empty;
import dev.postern.deploy.config.ConfigNode.Entry;
import dev.postern.deploy.config.ConfigNode.Mapping;
import dev.postern.deploy.config.ConfigNode.Position;
import dev.postern.deploy.config.ConfigNode.Scalar;
import dev.postern.deploy.config.ConfigNode.Sequence;
import dev.postern.store.auth.Secret;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A mapping of the file while it is read. Each key that is asked for becomes a known one; {@link
 * #end} reports the others. Nothing here throws for bad input: problems are collected and reading
 * goes on with a stand-in, so that all of them are seen at once.
 */
final class Section {
  private final String path;
  private final Mapping node;
  private final References references;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  /** Whether this is a stand-in for something already reported, in which nothing is missing. */
  private final boolean isStandIn;

  private Section(
      String path, Mapping node, References references, Problems problems, boolean isStandIn) {
    this.path = path;
    this.node = node;
    this.references = references;
    this.problems = problems;
    this.isStandIn = isStandIn;
  }

  /** The whole file. */
  static Section root(ConfigNode node, References references, Problems problems) {
    return ofNode("", node, node.at(), references, problems);
  }

  private static Section ofNode(
      String path, ConfigNode node, Position at, References references, Problems problems) {
    if (node instanceof Mapping(Position _, Map<String, Entry> entries)) {
      return new Section(path, new Mapping(at, entries), references, problems, false);
    }
    if (!(node instanceof Empty && path.isEmpty())) {
      problems.add(at, path, "is " + node.kind(), "write a mapping: \"key: value\" lines");
    }
    boolean isReported = !path.isEmpty() || !problems.byLine().isEmpty();
    return new Section(path, new Mapping(at, Map.of()), references, problems, isReported);
  }

  String path() {
    return path;
  }

  /** Where the section starts. */
  Position at() {
    return node.at();
  }

  /** Where a key stands, or the section if it is not there. */
  Position at(String key) {
    Entry entry = node.entries().get(key);
    return entry == null ? node.at() : entry.at();
  }

  String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  boolean has(String key) {
    known.add(key);
    return node.entries().containsKey(key);
  }

  /** Whether a section stands there, and not a value. */
  boolean isMapping(String key) {
    known.add(key);
    return node.entries().get(key) instanceof Entry(Position _, Mapping _);
  }

  /** Something wrong with the section as a whole. */
  void problem(String wrong, String remedy) {
    problems.add(at(), path, wrong, remedy);
  }

  void problem(String key, String wrong, String remedy) {
    problems.add(at(key), pathOf(key), wrong, remedy);
  }

  /** A value that may be left out; empty as well if it is there and bad. */
  <T> Optional<T> optional(String key, ValueReader<T> reader) {
    return scalar(key).flatMap(raw -> read(key, raw, text -> reader.read(references.text(text))));
  }

  <T> T withDefault(String key, ValueReader<T> reader, T fallback) {
    return optional(key, reader).orElse(fallback);
  }

  /** A value that must be there; {@code standIn} keeps reading going when it is not. */
  <T> T required(String key, ValueReader<T> reader, String remedy, T standIn) {
    require(key, remedy);
    return optional(key, reader).orElse(standIn);
  }

  /** A secret that may be left out. */
  Optional<Secret> optionalSecret(String key) {
    return scalar(key).flatMap(raw -> read(key, raw, text -> filled(references.secret(text))));
  }

  private static Secret filled(Secret secret) throws BadValue {
    if (secret.expose(Section::isBlank)) {
      throw new BadValue("is blank", "write a value, or put one into the file that it names");
    }
    return secret;
  }

  private static boolean isBlank(byte[] bytes) {
    for (byte octet : bytes) {
      if (!Character.isWhitespace(octet)) {
        return false;
      }
    }
    return true;
  }

  Secret requiredSecret(String key, String remedy) {
    require(key, remedy);
    return optionalSecret(key).orElseGet(() -> Secret.ofText(""));
  }

  /** Whether the value of that key stands in the configuration file itself. */
  boolean isWrittenHere(String key) {
    return node.entries().get(key) instanceof Entry(Position _, Scalar(Position _, String raw))
        && !References.isReference(raw);
  }

  /** Where a key comes from, if there is a value. */
  Optional<KeySource> keySource(String key) {
    return node.entries().get(key) instanceof Entry(Position _, Scalar(Position _, String raw))
        ? Optional.of(references.keySource(raw))
        : Optional.empty();
  }

  /** A section that may be left out: then it is empty, at the place of this one. */
  Section section(String key) {
    known.add(key);
    Entry entry = node.entries().get(key);
    return entry == null
        ? new Section(
            pathOf(key), new Mapping(node.at(), Map.of()), references, problems, isStandIn)
        : ofNode(pathOf(key), entry.value(), entry.at(), references, problems);
  }

  /** The sections of a list; each must be a mapping. */
  List<Section> sections(String key) {
    known.add(key);
    Entry entry = node.entries().get(key);
    List<Section> sections = new ArrayList<>();
    if (entry == null) {
      return sections;
    }
    if (entry.value() instanceof Sequence(Position _, List<ConfigNode> items)) {
      for (ConfigNode item : items) {
        String itemPath = pathOf(key) + "[" + sections.size() + "]";
        sections.add(ofNode(itemPath, item, item.at(), references, problems));
      }
    } else {
      problem(key, "is " + entry.value().kind(), "write a list: lines that start with \"- \"");
    }
    return sections;
  }

  /** The values of a list; those that are bad are left out, and reported. */
  <T> List<T> list(String key, ValueReader<T> reader) {
    known.add(key);
    Entry entry = node.entries().get(key);
    List<T> values = new ArrayList<>();
    if (entry == null) {
      return values;
    }
    if (entry.value() instanceof Sequence(Position _, List<ConfigNode> items)) {
      if (items.isEmpty()) {
        problem(key, "is empty", "write a list: [ a, b ]");
      }
      for (ConfigNode item : items) {
        if (item instanceof Scalar(Position _, String raw)) {
          read(key, raw, text -> reader.read(references.text(text))).ifPresent(values::add);
        } else {
          problem(key, "holds " + item.kind(), "write single values: [ a, b ]");
        }
      }
    } else {
      problem(key, "is " + entry.value().kind(), "write a list: [ a, b ]");
    }
    return values;
  }

  /** Names of the keys of this section, for mappings whose keys are names; all become known. */
  Set<String> names() {
    known.addAll(node.entries().keySet());
    return node.entries().keySet();
  }

  /**
   * Reports keys nobody asked for.
   *
   * @param later keys that exist in the language of the configuration, but not in this version
   */
  void end(Set<String> later) {
    for (Map.Entry<String, Entry> entry : node.entries().entrySet()) {
      String key = entry.getKey();
      if (known.contains(key)) {
        continue;
      }
      if (later.contains(key)) {
        problems.add(
            entry.getValue().at(), pathOf(key), "is not supported yet", "leave the key out");
      } else {
        problems.add(
            entry.getValue().at(),
            pathOf(key),
            "is an unknown key",
            NearestName.remedy(key, known));
      }
    }
  }

  /** Reports a key that is not there. */
  void require(String key, String remedy) {
    if (!has(key) && !isStandIn) {
      problem(key, "is missing", remedy);
    }
  }

  private Optional<String> scalar(String key) {
    known.add(key);
    Entry entry = node.entries().get(key);
    if (entry == null) {
      return Optional.empty();
    }
    return switch (entry.value()) {
      case Scalar(Position _, String text) -> Optional.of(text);
      case Empty _ -> {
        problem(key, "has no value", "write one, or leave the key out");
        yield Optional.empty();
      }
      case Mapping _, Sequence _ -> {
        problem(key, "is " + entry.value().kind(), "write a single value");
        yield Optional.empty();
      }
    };
  }

  private <T> Optional<T> read(String key, String raw, ValueReader<T> reader) {
    try {
      return Optional.of(reader.read(raw));
    } catch (BadValue bad) {
      problems.add(at(key), pathOf(key), bad);
      return Optional.empty();
    }
  }
}
