package dev.postern.deploy.cli;

import dev.postern.admin.imports.ImportSource;
import dev.postern.deploy.config.BadValue;
import dev.postern.deploy.config.DurationText;
import dev.postern.deploy.starter.UpstreamKind;
import dev.postern.store.RefusedException;
import dev.postern.store.access.Role;
import dev.postern.store.audit.Readiness;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.keys.KeyKind;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together and runs one: exit code 0 done, 1 refused or failed, 2 usage. */
public final class CommandLines {
  private CommandLines() {}

  /**
   * Runs one command line to its end; for {@code serve} and {@code demo} until they are stopped.
   */
  public static int run(Surroundings surroundings, String... arguments) {
    return commandLine(surroundings, arguments).execute(arguments);
  }

  /** With the command that the first argument names, or with all if it names none. */
  static CommandLine commandLine(Surroundings surroundings, String... arguments) {
    PosternCommand root = new PosternCommand();
    Invocation invocation = new Invocation(root, surroundings);
    CommandLine line = new CommandLine(root);
    Map<String, Supplier<Object>> commands = commands(invocation);
    // Reading the options of all takes half a second, and what that leaves behind stays in memory.
    boolean isNamed = arguments.length > 0 && commands.containsKey(arguments[0]);
    commands.forEach((name, command) -> {
      if (!isNamed || name.equals(arguments[0])) {
        line.addSubcommand(command.get());
      }
    });
    return settings(line, invocation, surroundings);
  }

  private static Map<String, Supplier<Object>> commands(Invocation invocation) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("demo", () -> new DemoCommand(invocation));
    commands.put("init", () -> new InitCommand(invocation));
    commands.put("check", () -> new CheckCommand(invocation));
    commands.put("serve", () -> new ServeCommand(invocation));
    commands.put("user", () -> users(invocation));
    commands.put("app-password", () -> appPasswords(invocation));
    commands.put("policy", () -> new PolicyCommands(invocation));
    commands.put("keys", () -> keys(invocation));
    commands.put("bans", () -> new BanCommands(invocation));
    commands.put("token", () -> new TokenCommands(invocation));
    commands.put("oauth", () -> oauth(invocation));
    commands.put("import", () -> new ImportCommand(invocation));
    commands.put("verify", () -> new VerifyCommand(invocation));
    commands.put("sign-ins", () -> new SignInsCommand(invocation));
    commands.put("changes", () -> new ChangesCommand(invocation));
    commands.put("export", () -> new ExportCommand(invocation));
    commands.put(
        "report",
        () ->
            new CommandLine(new ReportCommand(invocation))
                .addSubcommand(new ReadinessCommand(invocation)));
    commands.put("nodes", () -> new NodesCommand(invocation));
    commands.put("upstreams", () -> new UpstreamsCommand(invocation));
    commands.put("sessions", () -> new SessionsCommands(invocation));
    commands.put("trace", () -> new TraceCommands(invocation));
    commands.put("webhooks", () -> new WebhooksCommands(invocation));
    return commands;
  }

  private static CommandLine users(Invocation invocation) {
    return new CommandLine(new UserCommands(invocation))
        .addSubcommand(new UserShowCommand(invocation))
        .addSubcommand(new UserSetCommand(invocation))
        .addSubcommand(new UserAliasCommands(invocation))
        .addSubcommand(new UpstreamPasswordCommand(invocation))
        .addSubcommand(new UserExportCommand(invocation))
        .addSubcommand(new UserEraseCommand(invocation));
  }

  private static CommandLine oauth(Invocation invocation) {
    return new CommandLine(new OAuthCommands(invocation))
        .addSubcommand(new OAuthSetupCommand(invocation))
        .addSubcommand(new OAuthConnectCommand(invocation));
  }

  private static CommandLine appPasswords(Invocation invocation) {
    return AppPasswordEditCommands.addTo(
        new CommandLine(new AppPasswordCommands(invocation))
            .addSubcommand(new RevokeCommand(invocation)),
        invocation);
  }

  private static CommandLine keys(Invocation invocation) {
    return new CommandLine(new KeysCommands(invocation))
        .addSubcommand(new RetireKeyCommand(invocation));
  }

  private static CommandLine settings(
      CommandLine line, Invocation invocation, Surroundings surroundings) {
    return line.registerConverter(Duration.class, CommandLines::duration)
        .registerConverter(Instant.class, text -> Expiry.parse(text, surroundings.clock()))
        .registerConverter(EndDate.class, text -> EndDate.parse(text, surroundings.clock()))
        .registerConverter(PastMoment.class, text -> PastMoment.parse(text, surroundings.clock()))
        .registerConverter(Lifetime.class, CommandLines::lifetime)
        .registerConverter(Answer.class, Answer::parse)
        .registerConverter(StorageForm.class, CommandLines::form)
        .registerConverter(PolicyRules.Name.class, CommandLines::rule)
        .registerConverter(Role.class, text -> word(Role.class, text))
        .registerConverter(KeyEnd.class, text -> KeyEnd.parse(text, surroundings.clock()))
        .registerConverter(KeyKind.class, CommandLines::keyKind)
        .registerConverter(Since.class, text -> Since.parse(text, surroundings.clock()))
        .registerConverter(ExportCommand.Kind.class, text -> word(ExportCommand.Kind.class, text))
        .registerConverter(SignInOutcome.class, text -> word(SignInOutcome.class, text))
        .registerConverter(SignInReason.class, SignInReason::parse)
        .registerConverter(Finding.class, text -> word(Finding.class, text))
        .registerConverter(Readiness.State.class, text -> word(Readiness.State.class, text))
        .registerConverter(
            ReportCommand.Format.class, text -> word(ReportCommand.Format.class, text))
        .registerConverter(Cidr.class, CommandLines::network)
        .registerConverter(InetAddress.class, CommandLines::address)
        .registerConverter(Purpose.class, Purpose::ofWord)
        .registerConverter(UpstreamKind.class, CommandLines::kind)
        .registerConverter(ImportSource.class, CommandLines::source)
        .registerConverter(Scope.class, CommandLines::scope)
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setUsageHelpAutoWidth(true)
        .setUsageHelpLongOptionsMaxWidth(34)
        .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler((bad, arguments) -> usage(bad, arguments, surroundings))
        .setExecutionExceptionHandler((failure, _, _) -> {
          Failures.report(failure, invocation.output());
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  /** Arguments did not fit: parsing may have ended before --json was seen, so it is looked for. */
  private static int usage(ParameterException bad, String[] arguments, Surroundings surroundings) {
    boolean isJson = Arrays.asList(arguments).contains("--json");
    Output output = new Output(surroundings.out(), surroundings.err(), () -> isJson);
    String name = bad.getCommandLine().getCommandSpec().qualifiedName();
    String detail = String.valueOf(bad.getMessage()).replaceAll("\\R\\s*", " ");
    if (bad instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      detail += "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
    }
    output.failure("usage", detail, "see: " + name + " --help");
    return CommandLine.ExitCode.USAGE;
  }

  private static Duration duration(String text) {
    try {
      return DurationText.parse(text);
    } catch (BadValue bad) {
      throw new TypeConversionException(bad.wrong() + "; " + bad.remedy());
    }
  }

  private static KeyKind keyKind(String text) {
    return KeyKind.ofWord(text)
        .orElseThrow(() ->
            new TypeConversionException(
                "\"" + text + "\" is no kind of key; write pepper, sealing or integrity"));
  }

  private static Lifetime lifetime(String text) {
    try {
      return new Lifetime(DurationText.parseOrNever(text));
    } catch (BadValue bad) {
      throw new TypeConversionException(bad.wrong() + "; " + bad.remedy());
    } catch (RefusedException bad) {
      throw new TypeConversionException(String.valueOf(bad.getMessage()));
    }
  }

  private static StorageForm form(String text) {
    return StorageForm.ofWord(text)
        .orElseThrow(() ->
            new TypeConversionException("\"" + text + "\" is no form; write keyed or argon2id"));
  }

  private static PolicyRules.Name rule(String text) {
    return Stream.of(PolicyRules.Name.values())
        .filter(rule -> rule.word().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "\""
                    + text
                    + "\" is no rule; write one of "
                    + Stream.of(PolicyRules.Name.values())
                        .map(PolicyRules.Name::word)
                        .collect(Collectors.joining(", "))));
  }

  private static Cidr network(String text) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException bad) {
      throw new TypeConversionException(String.valueOf(bad.getMessage()));
    }
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException _) {
      throw new TypeConversionException(
          "\"" + text + "\" is not an address; write one such as 192.0.2.7");
    }
  }

  /** The constant that people write in lower case with hyphens. */
  private static <E extends Enum<E>> E word(Class<E> kind, String text) {
    List<String> words =
        Stream.of(kind.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    int index = words.indexOf(text);
    if (index < 0) {
      throw new TypeConversionException(
          "\"" + text + "\" is unknown; write one of " + String.join(", ", words));
    }
    return kind.getEnumConstants()[index];
  }

  private static UpstreamKind kind(String text) {
    return Stream.of(UpstreamKind.values())
        .filter(kind -> kind.word().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "\""
                    + text
                    + "\" is no kind of mail server; write one of "
                    + Stream.of(UpstreamKind.values())
                        .map(UpstreamKind::word)
                        .collect(Collectors.joining(", "))));
  }

  private static ImportSource source(String text) {
    return Stream.of(ImportSource.values())
        .filter(source -> source.word().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "nothing is known of \"" + text + "\"; write dovecot, mailcow, mailu or wildduck"));
  }

  private static Scope scope(String text) {
    return Scope.ofWord(text)
        .orElseThrow(() ->
            new TypeConversionException(
                "\"" + text + "\" is no protocol; write imap, submission or pop3"));
  }
}
