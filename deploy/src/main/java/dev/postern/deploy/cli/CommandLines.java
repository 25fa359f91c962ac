package dev.postern.deploy.cli;

import dev.postern.deploy.config.BadValue;
import dev.postern.deploy.config.DurationText;
import dev.postern.deploy.imports.ImportSource;
import dev.postern.deploy.starter.UpstreamKind;
import dev.postern.store.RefusedException;
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
import java.util.List;
import java.util.Locale;
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
    return commandLine(surroundings).execute(arguments);
  }

  static CommandLine commandLine(Surroundings surroundings) {
    PosternCommand root = new PosternCommand();
    Invocation invocation = new Invocation(root, surroundings);
    CommandLine line =
        new CommandLine(root)
            .addSubcommand(new DemoCommand(invocation))
            .addSubcommand(new InitCommand(invocation))
            .addSubcommand(new CheckCommand(invocation))
            .addSubcommand(new ServeCommand(invocation))
            .addSubcommand(
                new CommandLine(new UserCommands(invocation))
                    .addSubcommand(new UserShowCommand(invocation))
                    .addSubcommand(new UserSetCommand(invocation))
                    .addSubcommand(new UserAliasCommands(invocation))
                    .addSubcommand(new UpstreamPasswordCommand(invocation))
                    .addSubcommand(new UserExportCommand(invocation))
                    .addSubcommand(new UserEraseCommand(invocation)))
            .addSubcommand(
                AppPasswordEditCommands.addTo(
                    new CommandLine(new AppPasswordCommands(invocation))
                        .addSubcommand(new RevokeCommand(invocation)),
                    invocation))
            .addSubcommand(new PolicyCommands(invocation))
            .addSubcommand(
                new CommandLine(new KeysCommands(invocation))
                    .addSubcommand(new RetireKeyCommand(invocation)))
            .addSubcommand(new BanCommands(invocation))
            .addSubcommand(new ImportCommand(invocation))
            .addSubcommand(new VerifyCommand(invocation))
            .addSubcommand(new SignInsCommand(invocation))
            .addSubcommand(new ChangesCommand(invocation))
            .addSubcommand(new ReportCommand(invocation))
            .addSubcommand(new NodesCommand(invocation))
            .addSubcommand(new SessionsCommands(invocation));
    return line.registerConverter(Duration.class, CommandLines::duration)
        .registerConverter(Instant.class, text -> Expiry.parse(text, surroundings.clock()))
        .registerConverter(EndDate.class, text -> EndDate.parse(text, surroundings.clock()))
        .registerConverter(PastMoment.class, text -> PastMoment.parse(text, surroundings.clock()))
        .registerConverter(Lifetime.class, CommandLines::lifetime)
        .registerConverter(Answer.class, Answer::parse)
        .registerConverter(StorageForm.class, CommandLines::form)
        .registerConverter(PolicyRules.Name.class, CommandLines::rule)
        .registerConverter(KeyEnd.class, text -> KeyEnd.parse(text, surroundings.clock()))
        .registerConverter(KeyKind.class, CommandLines::keyKind)
        .registerConverter(Since.class, text -> Since.parse(text, surroundings.clock()))
        .registerConverter(Finding.class, text -> word(Finding.class, text))
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
                "\"" + text + "\" is no kind of mail server; write dovecot or generic"));
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
