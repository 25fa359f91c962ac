package dev.postern.deploy.cli;

import dev.postern.deploy.cli.Surroundings.SecretPrompt;
import dev.postern.deploy.cli.Surroundings.Wanted;
import dev.postern.store.auth.Secret;
import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.CharBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The two ways to ask for a secret. */
final class SecretPrompts {
  private SecretPrompts() {}

  /** Asks at a terminal, without echo. */
  static SecretPrompt terminal(Console console) {
    return wanted -> {
      char[] typed = console.readPassword("%s: ", wanted.prompt());
      if (typed == null || typed.length == 0) {
        throw nothing(wanted);
      }
      Secret secret = Secret.ofText(CharBuffer.wrap(typed));
      Arrays.fill(typed, '\0');
      return secret;
    };
  }

  /** Takes the first line of a stream, without the end of line. */
  static SecretPrompt stream(InputStream in) {
    return wanted -> {
      WipedBuffer line = new WipedBuffer(wanted.longest());
      try {
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
          if (line.size() == wanted.longest()) {
            throw new CommandFailure(
                "invalid",
                "the " + wanted.noun() + " is longer than " + wanted.longest() + " bytes",
                "give one line");
          }
          line.write(next);
        }
        // Not read to its end: a stream may stay open behind the line.
        if (in.available() > 0) {
          throw new CommandFailure(
              "invalid", "the " + wanted.noun() + " has more than one line", "give one line");
        }
      } catch (IOException trouble) {
        throw new CommandFailure(
            "io", "standard input cannot be read: " + trouble.getMessage(), "try again");
      }
      return line.toSecret().orElseThrow(() -> nothing(wanted));
    };
  }

  private static CommandFailure nothing(Wanted wanted) {
    return new CommandFailure(
        "invalid",
        "no " + wanted.noun() + " was given",
        "type it, or pipe it in: postern … < FILE; secrets are never arguments");
  }

  /** Bytes that leave no copy behind. */
  private static final class WipedBuffer extends ByteArrayOutputStream {
    WipedBuffer(int longest) {
      super(longest);
    }

    /** Empty if there is none. */
    Optional<Secret> toSecret() {
      int length = count > 0 && buf[count - 1] == '\r' ? count - 1 : count;
      if (length == 0) {
        return Optional.empty();
      }
      Secret secret = Secret.owning(Arrays.copyOf(buf, length));
      Arrays.fill(buf, (byte) 0);
      return Optional.of(secret);
    }
  }
}
