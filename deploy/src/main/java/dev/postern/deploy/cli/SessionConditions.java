package dev.postern.deploy.cli;

import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.SessionFilter;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which sessions a command is about; of several conditions all must hold. */
final class SessionConditions {
  @Option(names = "--id", paramLabel = "ID", description = "One, as in the list and in the log.")
  private Optional<String> id = Optional.empty();

  @Option(names = "--user", paramLabel = "NAME", description = "Of that user.")
  private Optional<String> user = Optional.empty();

  @Option(names = "--app-password", paramLabel = "ID", description = "Of that app password.")
  private Optional<String> appPassword = Optional.empty();

  @Option(names = "--protocol", paramLabel = "PROTOCOL", description = "imap, submission or pop3.")
  private Optional<Scope> protocol = Optional.empty();

  @Option(names = "--address", paramLabel = "CIDR", description = "Of clients there.")
  private Optional<Cidr> address = Optional.empty();

  @Option(
      names = "--client",
      paramLabel = "TEXT",
      description = "Of programs with that in their name.")
  private Optional<String> client = Optional.empty();

  @Option(names = "--upstream", paramLabel = "NAME", description = "At that upstream.")
  private Optional<String> upstream = Optional.empty();

  @Option(names = "--node", paramLabel = "NAME", description = "At that node.")
  private Optional<String> node = Optional.empty();

  /** The conditions, with the user's id for the name. */
  SessionFilter filter(Store store) {
    return new SessionFilter(
        id,
        user.map(store.sessions()::userIdOf),
        appPassword,
        protocol,
        address,
        client,
        upstream,
        node);
  }

  boolean isEmpty() {
    return id.isEmpty()
        && user.isEmpty()
        && appPassword.isEmpty()
        && protocol.isEmpty()
        && address.isEmpty()
        && client.isEmpty()
        && upstream.isEmpty()
        && node.isEmpty();
  }
}
