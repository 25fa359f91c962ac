package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigNode.Position;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong in one file, so that an operator sees all of it at once. */
final class Problems {
  private final Path file;
  private final List<ConfigProblem> found = new ArrayList<>();

  Problems(Path file) {
    this.file = file;
  }

  void add(Position at, String key, String wrong, String remedy) {
    found.add(new ConfigProblem(file, at.line(), key, wrong, remedy));
  }

  void add(Position at, String key, BadValue bad) {
    add(at, key, bad.wrong(), bad.remedy());
  }

  /** Those found so far, by line. */
  List<ConfigProblem> byLine() {
    return found.stream().sorted(Comparator.comparingInt(ConfigProblem::line)).toList();
  }

  void throwIfAny() throws ConfigException {
    if (!found.isEmpty()) {
      throw new ConfigException(byLine());
    }
  }
}
