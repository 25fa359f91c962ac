package dev.postern.deploy.config;

import dev.postern.store.auth.NameRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Readers for the plain kinds of values. */
final class Values {
  private Values() {}

  static ValueReader<Integer> integer(int least, int most) {
    return text -> {
      String range = "write a whole number from " + least + " to " + most;
      if (!text.matches("-?[0-9]{1,9}")) {
        throw new BadValue("\"" + text + "\" is not a whole number", range);
      }
      int value = Integer.parseInt(text);
      if (value < least || value > most) {
        throw new BadValue(value + " is out of range", range);
      }
      return value;
    };
  }

  static ValueReader<Duration> duration(Duration least, Duration most) {
    return text -> {
      Duration value = DurationText.parse(text);
      if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
        throw new BadValue(
            "\"" + text + "\" is out of range",
            "write " + DurationText.format(least) + " to " + DurationText.format(most));
      }
      return value;
    };
  }

  static Boolean truth(String text) throws BadValue {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new BadValue("\"" + text + "\" is neither true nor false", "write one of them");
    };
  }

  /**
   * One of a few words.
   *
   * @param later words of the language that this version does not support yet
   */
  static <T> ValueReader<T> word(Map<String, T> words, List<String> later) {
    return text -> {
      T value = words.get(text);
      if (value != null) {
        return value;
      }
      throw new BadValue(
          "\"" + text + "\" is " + (later.contains(text) ? "not supported yet" : "unknown"),
          NearestName.remedy(text, words.keySet()));
    };
  }

  /** Text that is not blank and has no control characters. */
  static String text(String text) throws BadValue {
    if (text.isBlank()) {
      throw new BadValue("is blank", "write a value");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new BadValue("has a control character", "write printable text on one line");
    }
    return text;
  }

  /** A DNS name or address literal to call ourselves. */
  static String hostName(String text) throws BadValue {
    String label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    if (text.length() > 253 || !text.matches(label + "(\\." + label + ")*")) {
      throw new BadValue(
          "\"" + text + "\" is not a host name", "write one such as mail.example.com");
    }
    return text;
  }

  /** The part of mail addresses behind the {@code @}, normalised. */
  static String mailDomain(String text) throws BadValue {
    return NameRules.domain(text)
        .orElseThrow(() ->
            new BadValue(
                "\"" + text + "\" is not a domain",
                "write what follows the @ in mail addresses, such as example.com"));
  }

  /** A file that is there and can be read, relative to the configuration file. */
  static ValueReader<Path> readableFile(References references) {
    return text -> {
      Path file = references.path(text(text));
      References.read(file);
      return file;
    };
  }

  /** A private key's file: readable by us, not by everybody. */
  static ValueReader<Path> privateFile(References references) {
    return text -> {
      Path file = readableFile(references).read(text);
      References.refuseReadableByAll(file);
      return file;
    };
  }

  /** A CA bundle may be larger than any key; it is only looked at, not read. */
  static ValueReader<Path> existingFile(References references) {
    return text -> {
      Path file = references.path(text(text));
      if (!Files.isRegularFile(file)) {
        throw new BadValue(file + " does not exist", "create it, or correct the path");
      }
      if (!Files.isReadable(file)) {
        throw new BadValue(
            file + " cannot be read by " + System.getProperty("user.name"),
            "give that account the right to read it (chown, chmod g+r)");
      }
      return file;
    };
  }
}
