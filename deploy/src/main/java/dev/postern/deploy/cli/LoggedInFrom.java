package dev.postern.deploy.cli;

import dev.postern.deploy.config.OwnNetworks.Own;
import dev.postern.store.auth.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where whoever says a command is logged in from, as far as SSH has said so. */
final class LoggedInFrom {
  private LoggedInFrom() {}

  static List<Own> of(Map<String, String> environment) {
    return List.of("SSH_CONNECTION", "SSH_CLIENT").stream()
        .map(name -> client(environment.getOrDefault(name, "")))
        .flatMap(Optional::stream)
        .map(from -> new Own(from, "where you are logged in from"))
        .toList();
  }

  /** The first word is the client's address. */
  private static Optional<Cidr> client(String text) {
    String address = text.strip().split(" ", 2)[0].replaceFirst("%.*", "");
    try {
      return Optional.of(Cidr.parse(address));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
