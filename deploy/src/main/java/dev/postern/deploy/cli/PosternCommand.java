package dev.postern.deploy.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root of the command line, with the options that every command takes. */
@Command(
    name = "postern",
    mixinStandardHelpOptions = true,
    description = "App passwords for old mail clients, in front of any mail server.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  postern demo               try it, nothing else needed",
      "  postern init               write a configuration to start from",
      "  postern COMMAND --help     more about a command, with an example"
    })
final class PosternCommand {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Configuration; default: ./postern.yaml, then /etc/postern/postern.yaml.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "One JSON object a line, for programs.")
  private boolean json;

  Optional<Path> config() {
    return config;
  }

  boolean isJson() {
    return json;
  }
}
