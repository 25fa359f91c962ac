package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.PolicyRules.Lifetime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands of {@code postern app-password} that change one in place. */
final class AppPasswordEditCommands {
  private AppPasswordEditCommands() {}

  /** Puts them below {@code app-password}. */
  static CommandLine addTo(CommandLine parent, Invocation invocation) {
    return parent.addSubcommand(new Rename(invocation)).addSubcommand(new Change(invocation));
  }

  private static int edit(Invocation invocation, String id, AppPasswordEdit edit)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      AppPassword edited = store.appPasswords().edit(id, edit, invocation.actor());
      invocation
          .output()
          .result(
              AppPasswordView.json(edited),
              "Changed " + edited.id() + " of " + edited.user() + ":\n" + Views.table(edited));
      return 0;
    });
  }

  @Command(
      name = "rename",
      mixinStandardHelpOptions = true,
      description = "Give an app password another label.",
      footer = {
        "",
        "Example:",
        "  postern app-password rename ap_0123456789abcdef --label \"New phone\""
      })
  private static final class Rename implements Callable<Integer> {
    private final Invocation invocation;

    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(
        names = "--label",
        paramLabel = "LABEL",
        required = true,
        description = "1 to 64 characters.")
    private String label = "";

    Rename(Invocation invocation) {
      this.invocation = invocation;
    }

    @Override
    public Integer call() throws ConfigException {
      return edit(invocation, id, AppPasswordEdit.rename(label));
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Change what an app password may be used for, from where, and until when.",
        "Sessions that it no longer allows end within a second."
      },
      footer = {
        "",
        "Examples:",
        "  postern app-password set ap_0123456789abcdef --for send --network 192.0.2.0/24",
        "  postern app-password set ap_0123456789abcdef --expires 30d --idle-expires never"
      })
  private static final class Change implements Callable<Integer> {
    private final Invocation invocation;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ID")
    private String id = "";

    @Option(
        names = "--label",
        paramLabel = "LABEL",
        description = "The device or program, 1 to 64 characters.")
    private Optional<String> label = Optional.empty();

    @Option(names = "--for", paramLabel = "PURPOSE", description = "read-send, send, or read.")
    private Optional<Purpose> purpose = Optional.empty();

    @Option(
        names = "--network",
        paramLabel = "CIDR",
        description = "May be used from there alone; may be repeated.")
    private List<Cidr> networks = List.of();

    @Option(names = "--any-network", description = "May be used from anywhere.")
    private boolean isAnyNetwork;

    @Option(
        names = "--expires",
        paramLabel = "WHEN",
        description = "A date (2027-01-31), a time from now (90d), or never.")
    private Optional<EndDate> expires = Optional.empty();

    @Option(
        names = "--idle-expires",
        paramLabel = "DURATION",
        description = "Ends when unused for that long, such as 60d, or never.")
    private Optional<Lifetime> idleExpires = Optional.empty();

    Change(Invocation invocation) {
      this.invocation = invocation;
    }

    @Override
    public Integer call() throws ConfigException {
      if (isAnyNetwork && !networks.isEmpty()) {
        throw usage("--any-network cannot go with --network");
      }
      AppPasswordEdit edit =
          new AppPasswordEdit(
              to(label),
              to(purpose.map(Purpose::scopes)),
              isAnyNetwork || !networks.isEmpty()
                  ? new Edit.To<>(List.copyOf(networks))
                  : new Edit.Keep<>(),
              expires
                  .<Edit<Optional<Instant>>>map(end -> new Edit.To<>(end.at()))
                  .orElseGet(Edit.Keep::new),
              idleExpires
                  .<Edit<Optional<Duration>>>map(idle -> new Edit.To<>(idle.after()))
                  .orElseGet(Edit.Keep::new));
      if (edit.equals(
          new AppPasswordEdit(
              new Edit.Keep<>(),
              new Edit.Keep<>(),
              new Edit.Keep<>(),
              new Edit.Keep<>(),
              new Edit.Keep<>()))) {
        throw usage("give something to change, such as --for send");
      }
      return edit(invocation, id, edit);
    }

    private static <T> Edit<T> to(Optional<T> value) {
      return value.<Edit<T>>map(Edit.To::new).orElseGet(Edit.Keep::new);
    }

    private ParameterException usage(String message) {
      return new ParameterException(spec.commandLine(), message);
    }
  }
}
