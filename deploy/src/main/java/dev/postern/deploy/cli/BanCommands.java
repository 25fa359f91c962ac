package dev.postern.deploy.cli;

import dev.postern.admin.view.BanView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.OwnNetworks;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern bans …}. */
@Command(
    name = "bans",
    mixinStandardHelpOptions = true,
    description = {
      "Networks that are shut out, and exceptions to that.",
      "They hold on every node within a second or two; those of the configuration are beside them."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern bans add 198.51.100.0/24 --for 1h --reason scanning"})
final class BanCommands {
  private final Invocation invocation;

  BanCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  /** When a ban ends, if it does by itself. */
  static final class Term {
    @Option(
        names = "--for",
        paramLabel = "DURATION",
        description = "Ends after that long, such as 1h.")
    private Optional<Duration> length = Optional.empty();

    @Option(
        names = "--until",
        paramLabel = "DATE",
        description = "Ends then: 2027-01-31, or 2027-01-31T12:00:00Z.")
    private Optional<Instant> end = Optional.empty();
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List what holds now, by address.",
      footer = {"", "Example:", "  postern bans list --json | jq -r .network"})
  int list() throws ConfigException {
    return invocation.withStore((store, _) -> {
      List<Ban> bans = store.bans().list();
      TextTable table = new TextTable("NETWORK", "KIND", "ENDS", "CREATED", "BY", "REASON");
      for (Ban ban : bans) {
        if (invocation.output().isJson()) {
          invocation.output().json(BanView.json(ban));
        } else {
          table.row(
              ban.network().toString(),
              ban.kind().word(),
              ban.endsAt().map(Views::time).orElse("never"),
              Views.time(ban.createdAt()),
              ban.createdBy(),
              ban.reason());
        }
      }
      invocation
          .output()
          .text(
              bans.isEmpty()
                  ? "Nothing is banned. To ban: postern bans add NETWORK"
                  : table.toString());
      return 0;
    });
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {
        "Ban a network, or exempt one.",
        "Of networks that overlap the narrowest decides. Connections that are open stay; see also:"
            + " guard.deny and guard.allow of the configuration."
      },
      footer = {
        "",
        "Examples:",
        "  postern bans add 198.51.100.0/24 --for 1h --reason scanning",
        "  postern bans add 2001:db8:1::/48 --until 2027-01-31",
        "  postern bans add 192.0.2.10 --allow --reason \"office, behind one address\""
      })
  int add(
      @Parameters(paramLabel = "NETWORK", description = "An address, or a network in CIDR form.")
          Cidr network,
      @ArgGroup Term term,
      @Option(
              names = "--allow",
              description =
                  "The other way round: let it in whatever wider ban there is, without limits per"
                      + " address.")
          boolean isAllowing,
      @Option(names = "--reason", paramLabel = "TEXT", description = "For people; one line.")
          Optional<String> reason,
      @Option(
              names = "--force",
              description = "Also if it is very wide, or shuts out yourself or a proxy.")
          boolean isForced)
      throws ConfigException {
    Ban.Kind kind = isAllowing ? Ban.Kind.ALLOW : Ban.Kind.DENY;
    return invocation.withStore((store, configuration) -> {
      if (kind == Ban.Kind.DENY && !isForced) {
        requireStrangers(
            network,
            OwnNetworks.of(configuration.gateway())
                .and(LoggedInFrom.of(invocation.surroundings().environment())));
      }
      // Now, and not when the command began: the store takes a moment to open.
      Instant now = invocation.surroundings().clock().instant();
      Optional<Instant> end =
          term == null ? Optional.empty() : term.length.map(now::plus).or(() -> term.end);
      Ban ban = store.bans().add(network, kind, end, reason.orElse(""), invocation.actor());
      invocation.output().result(BanView.json(ban), words(ban));
      return 0;
    });
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Take back what was said about just that network.",
      footer = {"", "Example:", "  postern bans remove 198.51.100.0/24"})
  int remove(@Parameters(paramLabel = "NETWORK") Cidr network) throws ConfigException {
    return invocation.withStore((store, _) -> {
      int removed = store.bans().remove(network, invocation.actor()).size();
      invocation
          .output()
          .result(
              Output.object().put("network", network.toString()).put("removed", removed),
              "Nothing is said about " + network + " any more.");
      return 0;
    });
  }

  private static void requireStrangers(Cidr network, OwnNetworks own) {
    own.objection(network)
        .ifPresent(objection -> {
          throw new CommandFailure(
              "own-network",
              objection,
              "ban a narrower network, or repeat the command with --force");
        });
  }

  private static String words(Ban ban) {
    String end = ban.endsAt().map(at -> " until " + Views.time(at)).orElse("");
    return switch (ban.kind()) {
      case DENY -> ban.network() + " is banned" + end + ".";
      case ALLOW -> ban.network() + " is let in, without limits per address" + end + ".";
    };
  }
}
