package dev.postern.deploy.cli;

import dev.postern.deploy.cli.ExchangeRecipe.Kind;
import dev.postern.deploy.cli.ExchangeRecipe.Line;
import dev.postern.deploy.cli.ExchangeRecipe.Step;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.Configuration;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern oauth setup}. */
@Command(
    name = "setup",
    mixinStandardHelpOptions = true,
    description = {
      "Print what to do at a provider so that Postern gets in with as few rights as possible, ready"
          + " to paste. It changes nothing, asks nobody, and prints no secret.",
      "What a configuration knows is filled in."
    },
    footer = {
      "",
      "Example:",
      "  postern oauth setup office365 --for send --mailbox scanner@example.com"
    })
final class OAuthSetupCommand implements Callable<Integer> {
  private static final String OFFICE365 = "office365";
  private static final Pattern ADDRESS = Pattern.compile("[!-~&&[^\"`$;|<>\\\\]]{1,320}");

  private final Invocation invocation;

  @Parameters(paramLabel = "PROVIDER", description = "office365: Exchange Online.")
  private String provider = "";

  @Option(
      names = "--for",
      paramLabel = "PURPOSE",
      description = "read-send (default), send, or read.")
  private Purpose purpose = Purpose.READ_SEND;

  @Option(
      names = "--mailbox",
      paramLabel = "NAME",
      description = "Write the lines for this one; again for more.")
  private List<String> mailboxes = List.of();

  @Option(
      names = "--upstream",
      paramLabel = "NAME",
      description = "Whose values to fill in, where the configuration has several.")
  private Optional<String> upstream = Optional.empty();

  OAuthSetupCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (!provider.equals(OFFICE365)) {
      throw new CommandFailure(
          "not-found",
          "there is no recipe for \"" + provider + "\"",
          "write " + OFFICE365 + "; for others see docs/oauth.md");
    }
    for (String mailbox : mailboxes) {
      if (!ADDRESS.matcher(mailbox).matches()) {
        throw new CommandFailure(
            "invalid", "\"" + mailbox + "\" is no mailbox", "write an address: alice@example.com");
      }
    }
    Known known = known();
    show(ExchangeRecipe.steps(words(known), values(known), mailboxes));
    return 0;
  }

  /**
   * What a configuration says.
   *
   * @param base its folder
   */
  private record Known(
      Path base, Optional<ExchangeRegistration> reading, Optional<ExchangeRegistration> sending) {}

  private Known known() throws ConfigException {
    if (!invocation.hasConfigFile()) {
      return new Known(Path.of(""), Optional.empty(), Optional.empty());
    }
    Configuration configuration = invocation.configuration();
    Invocation.requireUpstream(configuration, upstream);
    Map<String, ExchangeRegistration> all = ExchangeRegistration.of(configuration);
    Optional<String> sends =
        ExchangeRegistration.sendingUpstream(configuration.gateway()).filter(all::containsKey);
    Optional<String> first =
        upstream.or(() ->
            all.keySet().stream()
                .filter(name -> all.size() == 1 || !sends.equals(Optional.of(name)))
                .sorted()
                .findFirst());
    Path base = Optional.ofNullable(configuration.file().getParent()).orElse(Path.of(""));
    return switch (purpose) {
      case READ -> new Known(base, first.map(all::get), Optional.empty());
      case SEND ->
          new Known(base, Optional.empty(), upstream.or(() -> sends).or(() -> first).map(all::get));
      case READ_SEND ->
          new Known(
              base,
              first.map(all::get),
              sends.filter(name -> !first.equals(Optional.of(name))).map(all::get));
    };
  }

  private Set<String> words(Known known) {
    Set<String> words = new HashSet<>();
    switch (purpose) {
      case READ -> words.add("read");
      case SEND -> words.add("send");
      case READ_SEND -> words.addAll(Set.of("read", "send"));
    }
    if (known.reading().flatMap(ExchangeRegistration::certificate).isPresent()) {
      words.add("reading-certificate");
    }
    if (known.sending().flatMap(ExchangeRegistration::certificate).isPresent()) {
      words.add("sending-certificate");
    }
    return words;
  }

  /** Both registrations are in one directory. */
  private static Map<String, String> values(Known known) {
    Map<String, String> values = new HashMap<>();
    values.putAll(values("reading", "read", known.base(), known.reading()));
    values.putAll(values("sending", "send", known.base(), known.sending()));
    known
        .reading()
        .or(known::sending)
        .flatMap(ExchangeRegistration::tenant)
        .ifPresent(tenant -> values.put("<directory-id>", tenant));
    return values;
  }

  private static Map<String, String> values(
      String what, String file, Path base, Optional<ExchangeRegistration> known) {
    Map<String, String> values = new HashMap<>();
    values.put(
        "<" + what + "-upstream>",
        known.map(ExchangeRegistration::upstream).orElse("exchange-" + file));
    known
        .flatMap(ExchangeRegistration::clientId)
        .ifPresent(id -> values.put("<" + what + "-id>", id));
    known
        .flatMap(it -> it.certificateWords(base))
        .ifPresent(words -> values.put("<" + what + "-certificate>", words));
    values.put(
        "<" + what + "-certificate-file>",
        known.flatMap(it -> it.file(base, 0)).orElse("secrets/" + file + ".crt"));
    values.put(
        "<" + what + "-key-file>",
        known.flatMap(it -> it.file(base, 1)).orElse("secrets/" + file + ".key"));
    return values;
  }

  private void show(List<Step> steps) {
    ObjectNode json = Output.object().put("provider", provider);
    ArrayNode all = json.putArray("steps");
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      ArrayNode lines = all.addObject().put("title", step.title()).putArray("lines");
      text.append('\n').append(step.title()).append("\n\n");
      Optional<Kind> before = Optional.empty();
      for (Line line : step.lines()) {
        lines.addObject().put("kind", line.kind().word()).put("text", line.text());
        if (before.filter(kind -> kind != line.kind()).isPresent()) {
          text.append('\n');
        }
        before = Optional.of(line.kind());
        text.append(line.kind() == Kind.TEXT ? "" : "    ").append(line.text()).append('\n');
      }
    }
    invocation.output().result(json, text.substring(1).stripTrailing());
  }
}
