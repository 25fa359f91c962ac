package dev.postern.deploy.config;

import java.nio.file.Path;

/** Where the keys of one kind come from, as the configuration says. */
public sealed interface KeySource {

  /** A file of its own, which may be written. */
  record KeyFile(Path file) implements KeySource {}

  /**
   * Somewhere that Postern cannot write to.
   *
   * @param place for people, such as {@code the environment variable PEPPER}
   */
  record Elsewhere(String place) implements KeySource {}
}
