package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.DurationText;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code postern app-password …}. Longer than most files because each command is one method, and
 * most of a method is the words of its help.
 */
@Command(
    name = "app-password",
    mixinStandardHelpOptions = true,
    description = "App passwords: one for each device, shown once.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern app-password create alice@example.com --label Phone"})
final class AppPasswordCommands {
  private static final String BY_HAND = "on the command line";

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  AppPasswordCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Make an app password and show its secret, this once.",
        "With --users-from: one for each listed user, printed as JSON lines."
      },
      footer = {
        "",
        "Examples:",
        "  postern app-password create alice@example.com --label Phone",
        "  postern app-password create scans@example.com --label Scanner --for send \\",
        "      --network 192.0.2.0/24 --login scan1 --legacy",
        "  postern app-password create --users-from users.txt --create-users \\",
        "      --label Migration --expires 90d > passwords.jsonl"
      })
  int create(
      @Parameters(paramLabel = "USER", arity = "0..1") Optional<String> user,
      @Option(
              names = "--label",
              paramLabel = "LABEL",
              required = true,
              description = "The device or program, 1 to 64 characters.")
          String label,
      @Option(
              names = "--for",
              paramLabel = "PURPOSE",
              defaultValue = "read-send",
              description = "read-send (default), send, or read.")
          Purpose purpose,
      @Option(
              names = "--expires",
              paramLabel = "WHEN",
              description = "A date (2027-01-31, its start in UTC) or a time from now (90d).")
          Optional<Instant> expires,
      @Option(
              names = "--idle-expires",
              paramLabel = "DURATION",
              description = "Ends when unused for that long, such as 60d.")
          Optional<Duration> idleExpires,
      @Option(
              names = "--network",
              paramLabel = "CIDR",
              description = "May be used from there alone; may be repeated.")
          List<Cidr> networks,
      @Option(
              names = "--login",
              paramLabel = "NAME",
              description = "Its own short login name, for devices with short fields.")
          Optional<String> login,
      @Option(
              names = "--legacy",
              description = {
                "For a device that speaks old TLS or none, on a listener for such devices:",
                "goes with --for send and --network."
              })
          boolean isLegacy,
      @Option(
              names = "--users-from",
              paramLabel = "FILE",
              description = "One user a line; - is standard input.")
          Optional<Path> usersFrom,
      @Option(names = "--create-users", description = "Add listed users that do not exist.")
          boolean createUsers)
      throws ConfigException {
    if (user.isPresent() == usersFrom.isPresent()) {
      throw usage("create", "give a USER, or --users-from FILE");
    }
    if (usersFrom.isPresent() && login.isPresent()) {
      throw usage("create", "--login is one name: it cannot go with --users-from");
    }
    if (createUsers && usersFrom.isEmpty()) {
      throw usage("create", "--create-users goes with --users-from");
    }
    NewAppPassword wanted =
        new NewAppPassword(
            label,
            purpose.scopes(),
            expires,
            idleExpires,
            networks == null ? List.of() : networks,
            login,
            isLegacy ? Lane.LEGACY : Lane.ORDINARY);
    if (usersFrom.isPresent()) {
      return new BulkIssue(invocation).run(usersFrom.get(), wanted, createUsers);
    }
    return invocation.withStore((store, _) -> {
      show(store.appPasswords().create(user.orElseThrow(), wanted, invocation.actor()));
      return 0;
    });
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List a user's app passwords, newest first. Secrets are never shown again.",
      footer = {"", "Example:", "  postern app-password list alice@example.com"})
  int list(@Parameters(paramLabel = "USER") String user) throws ConfigException {
    return invocation.withStore((store, _) -> {
      List<AppPassword> passwords = store.appPasswords().list(user);
      if (invocation.output().isJson()) {
        passwords.forEach(password -> invocation.output().json(AppPasswordView.json(password)));
      } else if (passwords.isEmpty()) {
        invocation
            .output()
            .text("None yet. Make one: postern app-password create " + user + " --label Phone");
      } else {
        invocation.output().text(Views.table(passwords));
      }
      return 0;
    });
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show one app password, and what policy its user has.",
      footer = {"", "Example:", "  postern app-password show ap_0123456789abcdef"})
  int show(@Parameters(paramLabel = "ID") String id) throws ConfigException {
    return invocation.withStore((store, _) -> {
      AppPassword password =
          store
              .appPasswords()
              .find(id)
              .orElseThrow(() ->
                  new RefusedException(
                      RefusedException.Code.NOT_FOUND,
                      "there is no app password with that id",
                      "See: postern app-password list USER."));
      invocation
          .output()
          .result(
              AppPasswordView.json(password),
              Views.table(password)
                  + "\n\nNew ones of "
                  + password.user()
                  + ": "
                  + Ruling.of(store, password.user()).line());
      return 0;
    });
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = {
        "Make a new secret in place of an old one, with the same label, scopes and networks.",
        "The old one ends at the first use of the new one, or after the overlap."
      },
      footer = {"", "Example:", "  postern app-password rotate ap_0123456789abcdef --overlap 7d"})
  int rotate(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--overlap",
              paramLabel = "DURATION",
              defaultValue = "1d",
              description =
                  "How long the old one may still be used; 0s ends it at once. Default 1d.")
          Duration overlap)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      Optional<AppPassword> old = store.appPasswords().find(id);
      IssuedAppPassword fresh = store.appPasswords().rotate(id, overlap, invocation.actor());
      show(fresh);
      old.ifPresent(before -> sayWhatIsLess(before, fresh.appPassword()));
      invocation
          .output()
          .text(
              overlap.isZero()
                  ? "The old one has ended."
                  : "The old one ends when the new one is first used, or in "
                      + DurationText.format(overlap)
                      + ".");
      return 0;
    });
  }

  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = "Stop an app password and its sessions until it is resumed.",
      footer = {"", "Example:", "  postern app-password suspend ap_0123456789abcdef"})
  int suspend(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "suspended " + BY_HAND)
          String reason)
      throws ConfigException {
    return change(
        store -> store.appPasswords().suspend(id, reason, invocation.actor()),
        "Suspended %s. Undo with: postern app-password resume " + id);
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Let a suspended app password be used again.",
      footer = {"", "Example:", "  postern app-password resume ap_0123456789abcdef"})
  int resume(@Parameters(paramLabel = "ID") String id) throws ConfigException {
    return change(store -> store.appPasswords().resume(id, invocation.actor()), "Resumed %s.");
  }

  private int change(java.util.function.Function<Store, AppPassword> change, String text)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      AppPassword changed = change.apply(store);
      String name = changed.id() + " (" + changed.label() + ", " + changed.user() + ")";
      invocation.output().result(AppPasswordView.json(changed), text.formatted(name));
      return 0;
    });
  }

  /** The policy may have become narrower since the old one was made. */
  private void sayWhatIsLess(AppPassword old, AppPassword fresh) {
    if (!fresh.scopes().equals(old.scopes())) {
      invocation.output().note("by today's policy it is for " + Purpose.describe(fresh.scopes()));
    }
    if (!fresh.networks().equals(old.networks())) {
      invocation
          .output()
          .note("by today's policy it works from " + PolicyViews.networks(fresh.networks()));
    }
  }

  private void show(IssuedAppPassword issued) {
    AppPassword password = issued.appPassword();
    try (Secret secret = issued.secret()) {
      String login = password.loginName().orElse(password.user());
      invocation
          .output()
          .result(
              AppPasswordView.json(issued),
              """
              App password %s for %s (%s): %s%s

                  %s

              It is shown only this once. In the mail client: user name %s, and this as the
              password (spaces do not matter). End it with: postern app-password revoke %s\
              """
                  .formatted(
                      password.id(),
                      password.user(),
                      password.label(),
                      Purpose.describe(password.scopes()),
                      password.expiresAt().map(end -> ", until " + Views.time(end)).orElse(""),
                      Views.grouped(secret),
                      login,
                      password.id()));
    }
  }

  private ParameterException usage(String command, String message) {
    return new ParameterException(
        java.util.Objects.requireNonNull(spec.subcommands().get(command)), message);
  }
}
