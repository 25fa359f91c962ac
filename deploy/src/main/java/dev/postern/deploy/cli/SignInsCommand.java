package dev.postern.deploy.cli;

import dev.postern.admin.view.SignInView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code postern sign-ins}: who tried to log in, and what became of it. */
@Command(
    name = "sign-ins",
    mixinStandardHelpOptions = true,
    description = {
      "Login attempts, the latest first. Those that were the same within an hour are one line.",
      "Names that nobody has are not kept: \"?\" and a digest stand for them."
    },
    footer = {
      "",
      "Examples:",
      "  postern sign-ins --user alice@example.com --since 24h",
      "  postern sign-ins --outcome rejected --network 192.0.2.0/24",
      "  postern sign-ins --reason wrong-shape --json | jq -r .user"
    })
final class SignInsCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "A user, an app password's own login name, or a name that nobody has.")
  private Optional<String> user = Optional.empty();

  @Option(names = "--network", paramLabel = "CIDR", description = "From there.")
  private Optional<Cidr> network = Optional.empty();

  @Option(
      names = "--outcome",
      paramLabel = "WORD",
      description = "accepted, rejected, throttled or unavailable.")
  private Optional<SignInOutcome> outcome = Optional.empty();

  @Option(
      names = "--reason",
      paramLabel = "WORD",
      description = "Such as wrong-secret, expired or upstream-timeout.")
  private Optional<SignInReason> reason = Optional.empty();

  @Mixin private Latest latest = new Latest();

  SignInsCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    latest.check();
    SignIns.Query query =
        new SignIns.Query(
            user,
            network,
            outcome.map(SignInOutcome::word),
            reason.map(SignInReason::word),
            latest.since(),
            latest.until());
    return invocation.withStore((store, _) -> {
      TextTable table =
          new TextTable(
              "LAST",
              "TIMES",
              "OUTCOME",
              "REASON",
              "USER",
              "APP PASSWORD",
              "PROTOCOL",
              "FROM",
              "PROGRAM");
      int shown =
          latest.show(
              SignIns.LONGEST_PAGE,
              (after, most) -> store.signIns().list(query, after, most),
              SignIns.Entry::id,
              entry -> show(entry, table));
      invocation.output().text(shown == 0 ? "No attempts on record." : table.toString());
      return 0;
    });
  }

  private void show(SignIns.Entry entry, TextTable table) {
    if (invocation.output().isJson()) {
      invocation.output().json(SignInView.json(entry));
    } else {
      table.row(
          Views.time(entry.lastAt()),
          Long.toString(entry.attempts()),
          entry.outcome(),
          entry.reason().isEmpty() ? "-" : entry.reason(),
          AuditViews.who(entry),
          entry.credentialId().orElse("-"),
          entry.protocol(),
          entry.peer().map(InetAddress::getHostAddress).orElse("various"),
          entry.clientName());
    }
  }
}
