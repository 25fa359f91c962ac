package dev.postern.deploy.cli;

import dev.postern.admin.imports.ImportSource;
import dev.postern.deploy.config.ConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code postern import}: brings password hashes of another mail system over. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Bring password hashes of another mail system over.",
      "People go on with the passwords they have. Importing again changes only what has changed.",
      "What cannot be used is listed with its line and the reason; everything else is imported."
    },
    footer = {
      "",
      "Examples:",
      "  postern import --from dovecot --dry-run /etc/dovecot/users",
      "  postern import --from wildduck users.json asps.json"
    })
final class ImportCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Option(
      names = "--from",
      paramLabel = "SYSTEM",
      required = true,
      description = "dovecot, mailcow, mailu or wildduck; docs/import.md tells what to export.")
  private ImportSource source = ImportSource.DOVECOT;

  @Option(names = "--dry-run", description = "Say what would happen, and change nothing.")
  private boolean isDryRun;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Exports, in this order; - is standard input.")
  private List<Path> files = List.of();

  ImportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, _) ->
        new FileImport(invocation, store.imports(), isDryRun)
            .run(source.format(FileImport.MOST), files));
  }
}
