package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.Store;
import dev.postern.store.audit.Readiness;
import dev.postern.store.audit.Readiness.Client;
import dev.postern.store.audit.Readiness.State;
import dev.postern.store.auth.PassThrough.Mode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern report readiness}: who still logs in with his own password, and with what. */
@Command(
    name = "readiness",
    mixinStandardHelpOptions = true,
    description = {
      "How far users are on the way from their own passwords to app passwords, see pass-through in",
      "the configuration. States: not-started (own password in use, no app password), moving (app",
      "passwords, but a client that still uses the own password), ready, shut-out (a client was",
      "refused, and since then none got in by its protocol, or not that one), idle (not seen)."
    },
    footer = {
      "",
      "Examples:",
      "  postern report readiness",
      "  postern report readiness --days 14 --state not-started --state moving"
    })
final class ReadinessCommand implements Callable<Integer> {

  /** Lines of a table that are held in memory. */
  static final int BLOCK = 1000;

  private static final int MOST_DAYS = 3650;

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--days",
      paramLabel = "DAYS",
      description = "Logins of so many days count, if audit.sign-ins keeps them. Default: 30.")
  private int days = 30;

  @Option(
      names = "--state",
      paramLabel = "WORD",
      description = "Only users in this state; may be given several times.")
  private List<State> wanted = List.of();

  ReadinessCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (days < 1 || days > MOST_DAYS) {
      throw new ParameterException(spec.commandLine(), "--days must be 1 to " + MOST_DAYS);
    }
    return invocation.withStore((store, _) -> {
      Instant since = invocation.surroundings().clock().instant().minus(Duration.ofDays(days));
      if (invocation.output().isJson()) {
        store
            .readiness()
            .forEach(
                since,
                user -> {
                  if (isWanted(user)) {
                    invocation.output().json(json(user));
                  }
                });
      } else {
        table(store, since);
      }
      return 0;
    });
  }

  private boolean isWanted(Readiness user) {
    return wanted.isEmpty() || wanted.contains(user.state());
  }

  private void table(Store store, Instant since) {
    Map<State, Integer> counts = new EnumMap<>(State.class);
    List<Readiness> block = new ArrayList<>();
    store
        .readiness()
        .forEach(
            since,
            user -> {
              counts.merge(user.state(), 1, Integer::sum);
              if (isWanted(user)) {
                block.add(user);
                if (block.size() == BLOCK) {
                  print(block);
                }
              }
            });
    if (!block.isEmpty()) {
      print(block);
    }
    int all = counts.values().stream().mapToInt(Integer::intValue).sum();
    invocation
        .output()
        .text(
            all == 0
                ? "There are no users."
                : counts.getOrDefault(State.READY, 0)
                    + " of "
                    + all
                    + (all == 1 ? " user is" : " users are")
                    + " ready"
                    + counts.entrySet().stream()
                        .filter(count -> count.getKey() != State.READY)
                        .map(count -> ", " + count.getValue() + " " + count.getKey().word())
                        .collect(Collectors.joining())
                    + ".");
  }

  private void print(List<Readiness> block) {
    TextTable table =
        new TextTable("USER", "MODE", "STATE", "APP PASSWORDS", "OWN PASSWORD", "LEFT TO MOVE");
    for (Readiness user : block) {
      table.row(
          user.user(),
          user.mode().map(Mode::word).orElse("-"),
          user.isDisabled() ? user.state().word() + " (disabled)" : user.state().word(),
          Integer.toString(user.appPasswords()),
          lastOwn(user).map(Views::time).orElse("-"),
          left(user));
    }
    block.clear();
    invocation.output().text(table + "\n");
  }

  private static Optional<Instant> lastOwn(Readiness user) {
    return user.clients().stream()
        .map(Client::ownPassword)
        .flatMap(Optional::stream)
        .max(Instant::compareTo);
  }

  private static String left(Readiness user) {
    return user.clients().stream()
        .filter(client -> client.isBehind() || user.isShutOut(client))
        .map(client ->
            client.protocol().word()
                + (client.name().isEmpty() ? "" : " \"" + client.name() + "\""))
        .collect(
            Collectors.collectingAndThen(
                Collectors.joining(", "), text -> text.isEmpty() ? "-" : text));
  }

  private static ObjectNode json(Readiness user) {
    ObjectNode json =
        Output.object()
            .put("user", user.user())
            .put("state", user.state().word())
            .put("disabled", user.isDisabled())
            .put("appPasswords", user.appPasswords());
    user.group().ifPresent(group -> json.put("group", group));
    user.mode().ifPresent(mode -> json.put("mode", mode.word()));
    ArrayNode clients = json.putArray("clients");
    for (Client client : user.clients()) {
      ObjectNode each =
          clients
              .addObject()
              .put("protocol", client.protocol().word())
              .put("client", client.name())
              .put("behind", client.isBehind())
              .put("shutOut", user.isShutOut(client));
      put(each, "ownPasswordAt", client.ownPassword());
      put(each, "appPasswordAt", client.appPassword());
      put(each, "refusedAt", client.refused());
    }
    return json;
  }

  private static void put(ObjectNode json, String key, Optional<Instant> at) {
    at.ifPresent(time -> json.put(key, time.toString()));
  }
}
