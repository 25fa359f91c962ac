package dev.postern.deploy.config;

import java.nio.file.Path;

/**
 * Something wrong in a configuration file.
 *
 * @param file as the operator named it
 * @param line counts from 1; 0: the file as a whole
 * @param key path of the key, {@code listeners[0].bind}; empty: none
 * @param wrong what is wrong, without secrets
 * @param remedy what would be right
 */
public record ConfigProblem(Path file, int line, String key, String wrong, String remedy) {

  /** {@code FILE:LINE: KEY: what is wrong}. */
  public String detail() {
    return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + wrong;
  }

  /** {@code FILE:LINE: KEY: what is wrong; what would be right}. */
  @Override
  public String toString() {
    return detail() + "; " + remedy;
  }
}
