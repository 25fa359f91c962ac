package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Revocation;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern app-password revoke}: one, or many at once. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    description = {
      "End an app password and its sessions for good, on every node within a second.",
      "Or many: all of a user (--user NAME --all), of a domain, made before a time, under a",
      "pepper. Of several conditions all must hold. If it is interrupted, start it again."
    },
    footer = {
      "",
      "Examples:",
      "  postern app-password revoke ap_0123456789abcdef --reason \"phone lost\"",
      "  postern app-password revoke --user alice@example.com --all",
      "  postern app-password revoke --domain example.com --made-before 2026-01-31 --dry-run"
    })
final class RevokeCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "ID", arity = "0..1")
  private Optional<String> id = Optional.empty();

  @Option(names = "--user", paramLabel = "NAME", description = "Of that user.")
  private Optional<String> user = Optional.empty();

  @Option(names = "--all", description = "Every app password of --user.")
  private boolean isAll;

  @Option(names = "--domain", paramLabel = "NAME", description = "Of all users of that domain.")
  private Optional<String> domain = Optional.empty();

  @Option(
      names = "--made-before",
      paramLabel = "WHEN",
      description = "Made before a date (2026-01-31, its start in UTC), or that long ago (90d).")
  private Optional<PastMoment> madeBefore = Optional.empty();

  @Option(names = "--pepper", paramLabel = "ID", description = "Stored under that pepper.")
  private Optional<String> pepper = Optional.empty();

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for owner and audit.")
  private String reason = "revoked on the command line";

  @Option(
      names = "--dry-run",
      description = "Say how many would be revoked, and some of them; revoke none.")
  private boolean isDryRun;

  RevokeCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    boolean isNarrowed = domain.isPresent() || madeBefore.isPresent() || pepper.isPresent();
    if (id.isPresent()
        ? user.isPresent() || isAll || isNarrowed || isDryRun
        : user.isPresent() ? !isAll && !isNarrowed : isAll || !isNarrowed) {
      throw new ParameterException(
          spec.commandLine(),
          "give an ID, or --user NAME --all, or some of --domain, --made-before, --pepper");
    }
    return invocation.withStore((store, _) -> {
      if (id.isPresent()) {
        one(store, id.get());
      } else if (isNarrowed || isDryRun) {
        several(store, new Revocation(user, domain, madeBefore.map(PastMoment::at), pepper));
      } else {
        allOfUser(store, user.orElseThrow());
      }
      return 0;
    });
  }

  private void several(Store store, Revocation which) {
    which.pepperId().ifPresent(id -> requirePepper(store, id));
    if (isDryRun) {
      forecast(store, which);
    } else {
      many(store, which);
    }
  }

  /** A typing error here would leave alive what should end. */
  private static void requirePepper(Store store, String id) {
    List<String> known =
        store.keys().status(Optional.of(KeyKind.PEPPER)).stream().map(KeyStatus::id).toList();
    if (!known.contains(id)) {
      throw new CommandFailure(
          "not-found", "there is no pepper " + id, "known peppers: " + String.join(", ", known));
    }
  }

  private void one(Store store, String password) {
    AppPassword revoked = store.appPasswords().revoke(password, reason, invocation.actor());
    String name = revoked.id() + " (" + revoked.label() + ", " + revoked.user() + ")";
    invocation.output().result(AppPasswordView.json(revoked), "Revoked " + name + ".");
  }

  private void allOfUser(Store store, String name) {
    List<AppPassword> revoked = store.appPasswords().revokeAll(name, reason, invocation.actor());
    if (invocation.output().isJson()) {
      revoked.forEach(password -> invocation.output().json(AppPasswordView.json(password)));
    }
    invocation.output().text("Revoked " + revoked.size() + " of " + name + ".");
  }

  private void forecast(Store store, Revocation which) {
    Revocation.Forecast forecast = store.appPasswords().wouldRevoke(which);
    ObjectNode json =
        Output.object()
            .put("dryRun", true)
            .put("appPasswords", forecast.appPasswords())
            .put("users", forecast.users());
    ArrayNode sample = json.putArray("sample");
    forecast.sample().stream().map(AppPasswordView::json).forEach(sample::add);
    invocation
        .output()
        .result(
            json,
            "Would revoke "
                + forecast.appPasswords()
                + " of "
                + forecast.users()
                + (forecast.users() == 1 ? " user" : " users")
                + (forecast.sample().isEmpty()
                    ? "."
                    : ", among them:\n" + Views.table(forecast.sample())));
  }

  private void many(Store store, Revocation which) {
    boolean isShown = invocation.surroundings().isWatched();
    int all = isShown ? store.appPasswords().wouldRevoke(which).appPasswords() : 0;
    int revoked =
        store
            .appPasswords()
            .revokeAll(
                which,
                reason,
                invocation.actor(),
                done -> {
                  if (isShown) {
                    invocation.surroundings().err().print("\r" + done + " of " + all);
                    invocation.surroundings().err().flush();
                  }
                });
    if (isShown) {
      invocation.surroundings().err().println();
    }
    invocation
        .output()
        .result(
            Output.object().put("revoked", revoked).put("reason", reason),
            "Revoked " + revoked + ".");
  }
}
