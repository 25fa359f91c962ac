package dev.postern.deploy.config;

import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows <code>${file:PATH}</code>, <code>${env:NAME}</code> and <code>${cred:NAME}</code> (a
 * systemd credential) in values. Paths are relative to the folder of the configuration file.
 */
final class References {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]*):([^}]*)}");
  private static final int LARGEST = 64 * 1024;

  private final Path folder;
  private final Map<String, String> environment;

  References(Path folder, Map<String, String> environment) {
    this.folder = folder;
    this.environment = Map.copyOf(environment);
  }

  /** The path as it is meant in the file. */
  Path path(String written) {
    return folder.resolve(written);
  }

  /** Whether the value comes from elsewhere as a whole, and not from the configuration file. */
  static boolean isReference(String raw) {
    return REFERENCE.matcher(raw).matches();
  }

  /** Where a key comes from whose value is written so. */
  KeySource keySource(String raw) {
    Matcher whole = REFERENCE.matcher(raw);
    if (!whole.matches()) {
      return new KeySource.Elsewhere("the configuration file itself");
    }
    return switch (whole.group(1)) {
      case "file" -> new KeySource.KeyFile(path(whole.group(2)));
      case "cred" -> new KeySource.Elsewhere("the systemd credential " + whole.group(2));
      default -> new KeySource.Elsewhere("the environment variable " + whole.group(2));
    };
  }

  /** The value with every reference replaced, for what is no secret. */
  String text(String raw) throws BadValue {
    return replaced(raw, false);
  }

  /**
   * The value as a secret, without the end of line that editors put behind it. A file it comes from
   * must not be readable by everybody.
   */
  Secret secret(String raw) throws BadValue {
    Matcher whole = REFERENCE.matcher(raw);
    if (whole.matches() && whole.group(1).equals("file")) {
      return withoutLastNewline(readPrivate(path(whole.group(2))));
    }
    if (whole.matches() && whole.group(1).equals("cred")) {
      return withoutLastNewline(read(credential(whole.group(2))));
    }
    return Secret.ofText(replaced(raw, true));
  }

  /** The bytes of a file that nobody else may read. */
  private static byte[] readPrivate(Path file) throws BadValue {
    refuseReadableByAll(file);
    return read(file);
  }

  /** Refuses a file that everybody on the machine may read. */
  static void refuseReadableByAll(Path file) throws BadValue {
    try {
      if (Files.isRegularFile(file)
          && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        throw new BadValue(file + " is readable by everybody", "chmod o-r " + file);
      }
    } catch (IOException | UnsupportedOperationException _) {
      // A missing file is reported when it is read; a file system without permissions has nothing
      // to check.
    }
  }

  /** Reads a small file, with what is wrong and what to do if it cannot be read. */
  static byte[] read(Path file) throws BadValue {
    try {
      if (Files.isDirectory(file)) {
        throw new BadValue(file + " is a folder", "name a file");
      }
      if (Files.size(file) > LARGEST) {
        throw new BadValue(file + " is larger than 64 KiB", "name the right file");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      throw new BadValue(file + " does not exist", "create it, or correct the path");
    } catch (AccessDeniedException _) {
      throw new BadValue(
          file + " cannot be read by " + System.getProperty("user.name"),
          "give that account the right to read it (chown, chmod g+r)");
    } catch (IOException trouble) {
      throw new BadValue(file + " cannot be read: " + trouble.getMessage(), "repair it");
    }
  }

  private String replaced(String raw, boolean isSecret) throws BadValue {
    StringBuilder result = new StringBuilder();
    Matcher matcher = REFERENCE.matcher(raw);
    int end = 0;
    while (matcher.find()) {
      result.append(raw, end, matcher.start());
      result.append(value(matcher.group(1), matcher.group(2), isSecret));
      end = matcher.end();
    }
    String rest = raw.substring(end);
    if (rest.contains("${")) {
      throw new BadValue(
          "has a \"${\" that starts no reference",
          "write ${file:PATH}, ${env:NAME} or ${cred:NAME}");
    }
    return result.append(rest).toString();
  }

  private String value(String source, String name, boolean isSecret) throws BadValue {
    return switch (source) {
      case "file" -> text(path(name), isSecret);
      case "cred" -> text(credential(name), false);
      case "env" -> {
        String value = environment.get(name);
        if (value == null) {
          throw new BadValue(
              "the environment has no " + name,
              "set it before Postern starts, or use ${file:PATH}");
        }
        yield value;
      }
      default ->
          throw new BadValue(
              "\"${" + source + ":…}\" is no reference",
              "write ${file:PATH}, ${env:NAME} or ${cred:NAME}");
    };
  }

  /** A file that systemd shows to this service alone ({@code LoadCredential=}). */
  private Path credential(String name) throws BadValue {
    String folderOfCredentials = environment.get("CREDENTIALS_DIRECTORY");
    if (folderOfCredentials == null) {
      throw new BadValue(
          "there are no systemd credentials (no CREDENTIALS_DIRECTORY)",
          "put LoadCredential=" + name + ":FILE into the unit, or use ${file:PATH}");
    }
    if (name.contains("/") || name.startsWith(".")) {
      throw new BadValue("\"" + name + "\" is no name of a credential", "write its name alone");
    }
    return Path.of(folderOfCredentials).resolve(name);
  }

  private static String text(Path file, boolean isSecret) throws BadValue {
    byte[] bytes = isSecret ? readPrivate(file) : read(file);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.replaceFirst("\\R\\z", "");
    } catch (CharacterCodingException _) {
      throw new BadValue(file + " is not UTF-8 text", "name a text file");
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private static Secret withoutLastNewline(byte[] bytes) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\n') {
      length--;
    }
    if (length > 0 && length < bytes.length && bytes[length - 1] == '\r') {
      length--;
    }
    Secret secret = Secret.owning(Arrays.copyOf(bytes, length));
    Arrays.fill(bytes, (byte) 0);
    return secret;
  }
}
