package dev.postern.deploy.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * What each client did and showed, for a person to read: a file for each client. Passwords are
 * masked, also inside of SASL's responses.
 */
final class ClientTranscripts {
  private static final String MASK = "********";

  private final Path folder;

  private ClientTranscripts(Path folder) {
    this.folder = folder;
  }

  /**
   * Forgets those of an earlier run.
   *
   * @param name of a folder in {@code target}
   */
  static ClientTranscripts fresh(String name, List<MailClient> clients) {
    ClientTranscripts transcripts = new ClientTranscripts(Path.of("target", name));
    for (MailClient client : clients) {
      try {
        Files.createDirectories(transcripts.folder);
        Files.deleteIfExists(transcripts.file(client));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return transcripts;
  }

  /**
   * Adds a run.
   *
   * @param title what was tried
   */
  void add(MailClient client, String title, Errand errand, MailClient.Shown shown) {
    StringBuilder text = new StringBuilder("==== " + title + "\n$ ");
    text.append(shown.command()).append("\nends with ").append(shown.exit()).append('\n');
    text.append(shown.said().isEmpty() ? "" : "---- shows\n" + shown.said().strip() + "\n");
    text.append(shown.wire().isEmpty() ? "" : "---- if asked\n" + shown.wire().strip() + "\n");
    String masked =
        text.append('\n')
            .toString()
            .replace(errand.home().toString() + "/", "")
            .replace(errand.home().resolveSibling("") + "/", "");
    for (String secret : spellings(errand).toList()) {
      masked = masked.replace(secret, MASK);
    }
    try {
      Files.writeString(file(client), masked, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Stream<String> spellings(Errand errand) {
    String user = errand.user();
    String password = errand.password();
    return Stream.concat(
        Stream.of(password),
        Stream.of(password, "\0" + user + "\0" + password, user + "\0" + user + "\0" + password)
            .map(
                text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
  }

  private Path file(MailClient client) {
    return folder.resolve(client.name().replace(' ', '-') + ".txt");
  }
}
