package dev.postern.deploy;

import dev.postern.deploy.cli.CommandLines;
import dev.postern.deploy.cli.Surroundings;

/** The process. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(CommandLines.run(Surroundings.ofProcess(), arguments));
  }
}
