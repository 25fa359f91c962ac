package dev.postern.deploy.config;

import java.util.List;
import java.util.Map;

/** A value of the configuration file, with the place it stands at. */
sealed interface ConfigNode {

  Position at();

  /** What it is, for messages: {@code a mapping}, {@code a list}, {@code a value}. */
  default String kind() {
    return switch (this) {
      case Mapping _ -> "a mapping";
      case Sequence _ -> "a list";
      case Scalar _ -> "a single value";
      case Empty _ -> "empty";
    };
  }

  /** A place in the file; both count from 1. */
  record Position(int line, int column) {}

  /** A key with the place of the key itself, and its value. */
  record Entry(Position at, ConfigNode value) {}

  /** Keys in the file's order. */
  record Mapping(Position at, Map<String, Entry> entries) implements ConfigNode {}

  record Sequence(Position at, List<ConfigNode> items) implements ConfigNode {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** Text as written, before references such as {@code ${file:…}} are followed. */
  record Scalar(Position at, String text) implements ConfigNode {

    /** Leaves the text out: it may be a password. */
    @Override
    public String toString() {
      return "Scalar[" + at + "]";
    }
  }

  /** A key with nothing behind it, {@code null} or {@code ~}. */
  record Empty(Position at) implements ConfigNode {}
}
