package dev.postern.deploy.cli;

import dev.postern.deploy.cli.Surroundings.SecretPrompt;
import dev.postern.store.auth.Secret;
import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.CharBuffer;
import java.util.Arrays;

/** The two ways to ask for a secret. */
final class SecretPrompts {
  private static final int LONGEST = 4096;

  private SecretPrompts() {}

  /** Asks at a terminal, without echo. */
  static SecretPrompt terminal(Console console) {
    return prompt -> {
      char[] typed = console.readPassword("%s: ", prompt);
      if (typed == null || typed.length == 0) {
        throw noSecret();
      }
      Secret secret = Secret.ofText(CharBuffer.wrap(typed));
      Arrays.fill(typed, '\0');
      return secret;
    };
  }

  /** Takes the first line of a stream, without the end of line. */
  static SecretPrompt stream(InputStream in) {
    return _ -> {
      WipedBuffer line = new WipedBuffer();
      try {
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
          if (line.size() == LONGEST) {
            throw new CommandFailure(
                "invalid", "the secret is longer than " + LONGEST + " bytes", "give one line");
          }
          line.write(next);
        }
      } catch (IOException trouble) {
        throw new CommandFailure(
            "io", "standard input cannot be read: " + trouble.getMessage(), "try again");
      }
      return line.toSecret();
    };
  }

  private static CommandFailure noSecret() {
    return new CommandFailure(
        "invalid",
        "no secret was given",
        "type it, or pipe it in: postern … < FILE; secrets are never arguments");
  }

  /** Bytes that leave no copy behind. */
  private static final class WipedBuffer extends ByteArrayOutputStream {
    WipedBuffer() {
      super(LONGEST);
    }

    Secret toSecret() {
      int length = count > 0 && buf[count - 1] == '\r' ? count - 1 : count;
      if (length == 0) {
        throw noSecret();
      }
      Secret secret = Secret.owning(Arrays.copyOf(buf, length));
      Arrays.fill(buf, (byte) 0);
      return secret;
    }
  }
}
