package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.config.KeySource;
import dev.postern.store.KeyFile;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.Secret;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern keys …}. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = {
      "Peppers, sealing and integrity keys: see them, replace one by another, end one.",
      "Kinds: pepper (app passwords), sealing (stored secrets), integrity (signed rows)."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example:",
      "  postern keys add pepper                  then restart each node",
      "  postern keys activate pepper NEW",
      "  postern keys retire pepper OLD --by 90d"
    })
final class KeysCommands {
  private final Invocation invocation;

  KeysCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Show keys: their state, what needs them, which running nodes hold them.",
      footer = {"", "Example:", "  postern keys status pepper"})
  int status(
      @Parameters(paramLabel = "KIND", arity = "0..1", description = "Default: all kinds.")
          Optional<KeyKind> kind)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      List<KeyStatus> keys = store.keys().status(kind);
      TextTable table = new TextTable("KIND", "ID", "STATE", "NEEDED BY", "HELD BY", "NOT HELD BY");
      for (KeyStatus key : keys) {
        if (invocation.output().isJson()) {
          invocation.output().json(json(key));
        }
        table.row(
            key.kind().word(),
            key.id(),
            key.state().word()
                + key.retireBy()
                    .filter(_ -> key.kind() == KeyKind.PEPPER)
                    .map(by -> " by " + Views.time(by))
                    .orElse(""),
            Long.toString(key.uses()),
            key.holders().isEmpty()
                ? (key.isHeldHere() ? "the key file here" : "-")
                : String.join(", ", key.holders()),
            key.lacking().isEmpty() ? "-" : String.join(", ", key.lacking()));
      }
      invocation.output().text(table.toString());
      return 0;
    });
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {
        "Append a new key to the key file that the configuration names.",
        "Nothing is made with it until it is activated."
      },
      footer = {"", "Example:", "  postern keys add pepper"})
  int add(@Parameters(paramLabel = "KIND") KeyKind kind) throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      Path file = keyFile(configuration, kind);
      try (Secret line = KeyFile.freshLine(new SecureRandom())) {
        StoreConfig.Key key =
            KeyFile.parse(line.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII)))
                .getFirst();
        try (Secret _ = key.bytes()) {
          store.keys().add(kind, key, invocation.actor());
          KeyAppending.append(file, line);
        } catch (IOException trouble) {
          throw new CommandFailure(
              "io",
              "the key cannot be appended to " + file + ": " + trouble,
              "run this as an account that may write the file and its folder");
        }
        String next = "postern keys activate " + kind.word() + " " + key.id();
        invocation
            .output()
            .result(
                Output.object()
                    .put("kind", kind.word())
                    .put("key", key.id())
                    .put("state", KeyState.ADDED.word())
                    .put("file", file.toString()),
                "Appended the key "
                    + key.id()
                    + " to "
                    + file
                    + ". Nothing is made with it yet.\n"
                    + "Next: copy its line to the key file of every other node, keep a copy apart"
                    + " from the database,\nrestart the nodes one after the other, then: "
                    + next);
        return 0;
      }
    });
  }

  @Command(
      name = "activate",
      mixinStandardHelpOptions = true,
      description = {
        "Make new values with a key from now on, on every node within five seconds.",
        "Refused until every running node holds it."
      },
      footer = {"", "Example:", "  postern keys activate pepper 7h2k9d4m"})
  int activate(
      @Parameters(paramLabel = "KIND") KeyKind kind, @Parameters(paramLabel = "ID") String id)
      throws ConfigException {
    return invocation.withStore((store, _) -> {
      KeyStatus key = store.keys().activate(kind, id, invocation.actor());
      invocation
          .output()
          .result(
              json(key),
              "The "
                  + kind.word()
                  + " key "
                  + id
                  + " is active. What older keys made still works.");
      return 0;
    });
  }

  @Command(
      name = "retire",
      mixinStandardHelpOptions = true,
      description = {
        "End a key that is not active any more.",
        "pepper: app passwords not used since another was activated are revoked at the date;",
        "without --by it only shows them.",
        "sealing, integrity: everything made with it is made anew with the active key, now."
      },
      footer = {
        "",
        "Examples:",
        "  postern keys retire pepper 7h2k9d4m                  what would be revoked",
        "  postern keys retire pepper 7h2k9d4m --by 2027-01-31",
        "  postern keys retire pepper 7h2k9d4m --by now         it was stolen",
        "  postern keys retire sealing 3c8x5v0a"
      })
  int retire(
      @Parameters(paramLabel = "KIND") KeyKind kind,
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--by",
              paramLabel = "DATE",
              description = "A pepper ends then: 2027-01-31, 90d, or now.")
          Optional<KeyEnd> by)
      throws ConfigException {
    if (kind != KeyKind.PEPPER && by.isPresent()) {
      throw new CommandFailure(
          "invalid",
          "a " + kind.word() + " key is retired at once: nothing is lost by it",
          "leave --by out");
    }
    return invocation.withStore((store, _) ->
        switch (kind) {
          case PEPPER ->
              by.isPresent()
                  ? retirePepper(store.keys(), id, by.get().at())
                  : forecast(store.keys(), id);
          case SEALING, INTEGRITY -> renew(store, kind, id);
        });
  }

  private int forecast(Keys keys, String id) {
    List<String> lines = new ArrayList<>();
    AtomicLong count = new AtomicLong();
    keys.underPepper(
        id,
        appPassword -> {
          if (count.incrementAndGet() <= 20) {
            lines.add(line(appPassword));
          }
          if (invocation.output().isJson()) {
            invocation.output().json(json(id, appPassword, "wouldBeRevoked"));
          }
        });
    if (invocation.output().isJson()) {
      invocation
          .output()
          .json(
              Output.object()
                  .put("kind", KeyKind.PEPPER.word())
                  .put("key", id)
                  .put("wouldBeRevoked", count.get()));
    }
    invocation
        .output()
        .text(
            count
                + " app passwords are under the pepper "
                + id
                + " still; each moves on when it is used.\n"
                + String.join("\n", lines)
                + (count.get() > lines.size() ? "\n  … (--json lists all)" : "")
                + (lines.isEmpty() ? "" : "\n")
                + "To end it: postern keys retire pepper "
                + id
                + " --by DATE");
    return 0;
  }

  private int retirePepper(Keys keys, String id, Instant by) {
    AtomicLong count = new AtomicLong();
    KeyStatus key =
        keys.retirePepper(
            id,
            by,
            invocation.actor(),
            appPassword -> {
              count.incrementAndGet();
              if (invocation.output().isJson()) {
                invocation.output().json(json(id, appPassword, "revoked"));
              }
            });
    ObjectNode json = json(key);
    json.put("revoked", count.get());
    invocation
        .output()
        .result(
            json,
            key.state() == KeyState.RETIRED
                ? "The pepper "
                    + id
                    + " has ended; "
                    + count
                    + " app passwords that were under it are revoked.\n"
                    + removal(KeyKind.PEPPER)
                : "The pepper "
                    + id
                    + " ends "
                    + Views.time(by)
                    + ". "
                    + key.uses()
                    + " app passwords are under it now; those not used until then are revoked.");
    return 0;
  }

  private int renew(Store store, KeyKind kind, String id) {
    AtomicLong said = new AtomicLong();
    Keys.Renewed renewed =
        store
            .keys()
            .retire(
                kind,
                id,
                invocation.actor(),
                done -> {
                  if (invocation.surroundings().isWatched() && done - said.get() >= 10_000) {
                    said.set(done);
                    invocation.output().note(done + " made anew");
                  }
                });
    ObjectNode json = json(renewed.key());
    json.put("renewed", renewed.renewed());
    json.put("left", renewed.left());
    invocation
        .output()
        .result(
            json,
            "The "
                + kind.word()
                + " key "
                + id
                + " is retired; "
                + renewed.renewed()
                + " values were made anew.\n"
                + (renewed.left() > 0
                    ? renewed.left()
                        + " rows were changed by somebody else than Postern and stay as they are:"
                        + " they let nobody in. See the log.\n"
                    : "")
                + removal(kind));
    return 0;
  }

  private static String removal(KeyKind kind) {
    return "Next: take its line out of the file of store." + kind.setting() + " on every node.";
  }

  private static Path keyFile(Configuration configuration, KeyKind kind) {
    Optional<KeySource> source = Optional.ofNullable(configuration.keySources().get(kind));
    return switch (source.orElse(null)) {
      case KeySource.KeyFile(Path file) -> file;
      case KeySource.Elsewhere(String place) ->
          throw new CommandFailure(
              "state",
              "the keys of store." + kind.setting() + " come from " + place,
              "append a line there yourself: an id, a space, and what 'openssl rand -base64 32'"
                  + " prints; then restart each node");
      case null ->
          throw new CommandFailure(
              "state",
              "the configuration has no store."
                  + kind.setting()
                  + ": rows are signed with what the sealing key yields",
              "write a line, an id, a space, and what 'openssl rand -base64 32' prints, to"
                  + " secrets/integrity-key (chmod 600), and integrity-key:"
                  + " \"${file:secrets/integrity-key}\" under store; then restart each node");
    };
  }

  private static ObjectNode json(KeyStatus key) {
    ObjectNode json =
        Output.object()
            .put("kind", key.kind().word())
            .put("key", key.id())
            .put("state", key.state().word())
            .put("heldHere", key.isHeldHere())
            .put("uses", key.uses());
    names(json.putArray("holders"), key.holders());
    names(json.putArray("lacking"), key.lacking());
    key.activatedAt()
        .ifPresentOrElse(
            at -> json.put("activatedAt", at.toString()), () -> json.putNull("activatedAt"));
    key.retireBy()
        .ifPresentOrElse(by -> json.put("retireBy", by.toString()), () -> json.putNull("retireBy"));
    return json;
  }

  private static void names(ArrayNode array, List<String> names) {
    names.forEach(array::add);
  }

  private static ObjectNode json(String key, AppPassword appPassword, String event) {
    ObjectNode json =
        Output.object()
            .put("event", event)
            .put("key", key)
            .put("user", appPassword.user())
            .put("id", appPassword.id())
            .put("label", appPassword.label());
    appPassword
        .lastUse()
        .map(LastUse::at)
        .ifPresentOrElse(
            at -> json.put("lastUsedAt", at.toString()), () -> json.putNull("lastUsedAt"));
    return json;
  }

  private static String line(AppPassword appPassword) {
    return "  "
        + appPassword.user()
        + "  "
        + appPassword.label()
        + "  "
        + appPassword.id()
        + "  "
        + appPassword
            .lastUse()
            .map(use -> "last used " + Views.time(use.at()))
            .orElse("never used");
  }
}
