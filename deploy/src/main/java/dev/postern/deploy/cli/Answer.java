package dev.postern.deploy.cli;

import picocli.CommandLine.TypeConversionException;

/** Yes or no, as people write it. */
enum Answer {
  YES,
  NO;

  boolean isYes() {
    return this == YES;
  }

  static Answer parse(String text) {
    return switch (text) {
      case "yes" -> YES;
      case "no" -> NO;
      default ->
          throw new TypeConversionException("\"" + text + "\" is no answer; write yes or no");
    };
  }
}
