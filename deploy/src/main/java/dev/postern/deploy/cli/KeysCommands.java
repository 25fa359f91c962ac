package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.config.KeySource;
import dev.postern.store.KeyFile;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

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
          invocation.output().json(KeyViews.json(key));
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
              KeyViews.json(key),
              "The "
                  + kind.word()
                  + " key "
                  + id
                  + " is active. What older keys made still works.");
      return 0;
    });
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
}
