package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.Store;
import dev.postern.store.access.ApiToken;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern keys retire}. */
@Command(
    name = "retire",
    mixinStandardHelpOptions = true,
    description = {
      "End a key that is not active any more.",
      "pepper: app passwords and API tokens not used since another was activated are revoked",
      "at the date;",
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
final class RetireKeyCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(index = "0", paramLabel = "KIND")
  private KeyKind kind = KeyKind.PEPPER;

  @Parameters(index = "1", paramLabel = "ID")
  private String id = "";

  @Option(
      names = "--by",
      paramLabel = "DATE",
      description = "A pepper ends then: 2027-01-31, 90d, or now.")
  private Optional<KeyEnd> by = Optional.empty();

  RetireKeyCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (kind != KeyKind.PEPPER && by.isPresent()) {
      throw new CommandFailure(
          "invalid",
          "a " + kind.word() + " key is retired at once: nothing is lost by it",
          "leave --by out");
    }
    return invocation.withStore((store, _) ->
        switch (kind) {
          case PEPPER ->
              by.isPresent() ? retirePepper(store.keys(), by.get().at()) : forecast(store.keys());
          case SEALING, INTEGRITY -> renew(store);
        });
  }

  private int forecast(Keys keys) {
    List<String> lines = new ArrayList<>();
    AtomicLong count = new AtomicLong();
    keys.underPepper(
        id,
        appPassword -> {
          if (count.incrementAndGet() <= 20) {
            lines.add(KeyViews.line(appPassword));
          }
          if (invocation.output().isJson()) {
            invocation.output().json(KeyViews.json(id, appPassword, "wouldBeRevoked"));
          }
        });
    List<ApiToken> tokens = keys.apiTokensUnderPepper(id);
    tokens.forEach(token -> lines.add(KeyViews.line(token)));
    if (invocation.output().isJson()) {
      tokens.forEach(token -> invocation.output().json(KeyViews.json(id, token, "wouldBeRevoked")));
      invocation
          .output()
          .json(
              Output.object()
                  .put("kind", KeyKind.PEPPER.word())
                  .put("key", id)
                  .put("wouldBeRevoked", count.get())
                  .put("apiTokensWouldBeRevoked", tokens.size()));
    }
    invocation
        .output()
        .text(
            count
                + " app passwords and "
                + tokens.size()
                + " API tokens are under the pepper "
                + id
                + " still; each moves on when it is used.\n"
                + String.join("\n", lines)
                + (count.get() > lines.size() - tokens.size() ? "\n  … (--json lists all)" : "")
                + (lines.isEmpty() ? "" : "\n")
                + "To end it: postern keys retire pepper "
                + id
                + " --by DATE");
    return 0;
  }

  private int retirePepper(Keys keys, Instant end) {
    AtomicLong count = new AtomicLong();
    KeyStatus key =
        keys.retirePepper(
            id,
            end,
            invocation.actor(),
            appPassword -> {
              count.incrementAndGet();
              if (invocation.output().isJson()) {
                invocation.output().json(KeyViews.json(id, appPassword, "revoked"));
              }
            });
    List<ApiToken> tokens = keys.apiTokensRevokedWith(id);
    if (invocation.output().isJson()) {
      tokens.forEach(token -> invocation.output().json(KeyViews.json(id, token, "revoked")));
    }
    ObjectNode json = KeyViews.json(key);
    json.put("revoked", count.get());
    json.put("apiTokensRevoked", tokens.size());
    invocation
        .output()
        .result(
            json,
            key.state() == KeyState.RETIRED
                ? "The pepper "
                    + id
                    + " has ended; "
                    + count
                    + " app passwords and "
                    + tokens.size()
                    + " API tokens that were under it are revoked.\n"
                    + tokens.stream()
                        .map(token -> KeyViews.line(token) + "\n")
                        .collect(Collectors.joining())
                    + removal(KeyKind.PEPPER)
                : "The pepper "
                    + id
                    + " ends "
                    + Views.time(end)
                    + ". "
                    + key.uses()
                    + " app passwords and API tokens are under it now; those not used until then are revoked.");
    return 0;
  }

  private int renew(Store store) {
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
    ObjectNode json = KeyViews.json(renewed.key());
    json.put("renewed", renewed.renewed());
    json.put("left", renewed.left());
    json.put("endedLinks", renewed.endedLinks());
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
                + (renewed.endedLinks() > 0
                    ? renewed.endedLinks()
                        + " links for consent were ended before anybody followed them: repeat"
                        + " postern oauth connect for those who wait.\n"
                    : "")
                + removal(kind));
    return 0;
  }

  private static String removal(KeyKind kind) {
    return "Next: take its line out of the file of store." + kind.setting() + " on every node.";
  }
}
