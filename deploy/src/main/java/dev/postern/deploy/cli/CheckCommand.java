package dev.postern.deploy.cli;

import dev.postern.deploy.config.CertificateTerm;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigProblem;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.starter.Placeholders;
import dev.postern.gateway.Gateway;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayException;
import dev.postern.store.Store;
import dev.postern.store.StoreException;
import dev.postern.store.oauth.OAuthClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern check}: whether the configuration can be served. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Check the configuration and every file it names.",
      "With --connect: the database, every provider of access tokens and every upstream as well.",
      "With --mailboxes: whether users can be logged in at their upstreams."
    },
    footer = {
      "",
      "Examples:",
      "  postern check --connect --config /etc/postern/postern.yaml",
      "  postern check --connect --mailboxes mailboxes.txt"
    })
final class CheckCommand implements Callable<Integer> {
  private static final Duration PROBE = Duration.ofSeconds(10);

  private final Invocation invocation;

  @Option(
      names = "--connect",
      description = "Connect to the database, to providers of access tokens, to every upstream.")
  private boolean isConnecting;

  @Option(
      names = "--mailboxes",
      paramLabel = "FILE",
      description = {
        "Connect, and log in to these mailboxes too: one user a line.",
        "Nothing in them is read or changed."
      })
  private Optional<Path> mailboxes = Optional.empty();

  CheckCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    Path file = invocation.configFile();
    Configuration configuration = invocation.configurationToServe();
    GatewayConfig gateway = configuration.gateway();
    boolean isWell = true;
    for (CertificateTerm certificate : configuration.certificates()) {
      isWell &= checkTerm(certificate);
    }
    isWell &= checkTls(gateway);
    gateway.oauthClients().forEach(this::notePlaceholders);
    if (configuration.admin().authService().isPresent()) {
      DropInAdvice.notes(gateway).forEach(invocation.output()::note);
    }
    if (isConnecting || mailboxes.isPresent()) {
      isWell &= connect(configuration);
    }
    ObjectNode json =
        Output.object()
            .put("file", file.toString())
            .put("isWell", isWell)
            .put("listeners", gateway.listeners().size())
            .put("upstreams", gateway.upstreams().size());
    String size =
        count(gateway.listeners().size(), "listener")
            + ", "
            + count(gateway.upstreams().size(), "upstream");
    invocation
        .output()
        .result(json, file + (isWell ? ": good (" + size + ")" : ": see above for what to do"));
    return isWell ? 0 : 1;
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private boolean checkTerm(CertificateTerm certificate) {
    Optional<ConfigProblem> problem =
        certificate.problem(invocation.surroundings().clock().instant());
    problem.ifPresent(bad -> invocation.output().problem("certificate", bad));
    return problem.isEmpty();
  }

  /** A new site is well as it is; it only reaches nobody yet. */
  private void notePlaceholders(OAuthClient client) {
    for (Placeholders.Left left : Placeholders.left(client)) {
      invocation
          .output()
          .note(
              "warning: upstreams.%s.login.%s is still what init wrote; %s"
                  .formatted(client.upstream(), left.key(), left.remedy()));
    }
  }

  /** What only those settle who serve, such as which keys old devices may have. */
  private boolean checkTls(GatewayConfig gateway) {
    try {
      Gateway.checkTls(gateway);
      return true;
    } catch (GatewayException bad) {
      invocation.output().failure("certificate", String.valueOf(bad.getMessage()), bad.remedy());
      return false;
    }
  }

  /** Speaks to everything; what needs the database is left out where that is away. */
  private boolean connect(Configuration configuration) {
    CheckedParts parts = new CheckedParts(invocation.output());
    Optional<MailboxList> list = mailboxes.map(invocation::path).map(MailboxList::read);
    Optional<Store> store = open(configuration, parts);
    try {
      List<MailboxList.Entry> entries =
          store.flatMap(open -> list.map(names -> names.entries(open))).orElse(List.of());
      boolean isWell = store.isPresent();
      isWell &= providers(configuration.gateway(), parts, entries, store);
      isWell &=
          new UpstreamParts(parts, configuration.gateway(), now())
              .check(Gateway.probe(configuration.gateway(), PROBE));
      if (store.isPresent()) {
        isWell &=
            new MailboxParts(parts, configuration.gateway(), now()).check(entries, store.get());
      } else if (list.isPresent()) {
        isWell = parts.down("mailboxes", "nobody can be looked up without the database");
      }
      return isWell;
    } finally {
      store.ifPresent(Store::close);
    }
  }

  /** Empty if it does not answer, which is said. */
  private Optional<Store> open(Configuration configuration, CheckedParts parts) {
    try {
      Store store = invocation.openStore(configuration);
      if (parts.say("database", store.isDatabaseUp(), "it does not answer")) {
        return Optional.of(store);
      }
      store.close();
    } catch (StoreException trouble) {
      parts.down("database", trouble.getMessage() + "; " + trouble.remedy());
    }
    return Optional.empty();
  }

  private boolean providers(
      GatewayConfig gateway,
      CheckedParts parts,
      List<MailboxList.Entry> entries,
      Optional<Store> store) {
    Map<String, String> known =
        store.map(open -> MailboxList.byUpstream(entries, gateway, open)).orElse(Map.of());
    return new ProviderParts(parts, invocation.surroundings().clock())
        .check(gateway.oauthClients(), known);
  }

  private Instant now() {
    return invocation.surroundings().clock().instant();
  }
}
