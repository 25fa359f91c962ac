package dev.postern.deploy.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with everything that was found wrong in it. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<ConfigProblem> problems;

  ConfigException(List<ConfigProblem> problems) {
    super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** At least one, by line. */
  public List<ConfigProblem> problems() {
    return problems;
  }
}
