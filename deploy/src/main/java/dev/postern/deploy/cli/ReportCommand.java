package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.Protection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern report}: app passwords that somebody should look at. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "App passwords that still work and should be looked at, with what was found:",
      "unused, never-used, no-expiry, made-by-others, legacy-tls (last used over TLS 1.0 or 1.1),",
      "in-clear (sent without TLS at least once)."
    },
    footer = {
      "",
      "Examples:",
      "  postern report --unused 180 --finding unused --finding never-used",
      "  postern report --format csv > report.csv"
    })
final class ReportCommand implements Callable<Integer> {

  /** Lines of a table that are held in memory. */
  static final int BLOCK = 1000;

  private static final List<String> COLUMNS =
      List.of(
          "user",
          "id",
          "label",
          "state",
          "findings",
          "createdAt",
          "createdBy",
          "lastUsedAt",
          "lastUsedFrom",
          "lastUsedProtocol",
          "lastUsedProtection",
          "clientName",
          "exposedAt",
          "expiresAt");

  private final Invocation invocation;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--unused",
      paramLabel = "DAYS",
      description = "Not used for so many days counts as unused. Default: 90.")
  private int unusedDays = 90;

  @Option(
      names = "--finding",
      paramLabel = "WORD",
      description = "Only those with this finding; may be given several times.")
  private List<Finding> wanted = List.of();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, csv (RFC 4180) or json. Default: table.")
  private Format format = Format.TABLE;

  /** How to print it. */
  enum Format {
    TABLE,
    CSV,
    JSON
  }

  ReportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    if (unusedDays < 1) {
      throw new ParameterException(spec.commandLine(), "--unused must be 1 or more");
    }
    return invocation.withStore((store, _) -> {
      Format chosen = invocation.output().isJson() ? Format.JSON : format;
      switch (chosen) {
        case JSON ->
            forEach(store, (password, found) -> invocation.output().json(json(password, found)));
        case CSV -> {
          invocation.output().text(Csv.line(COLUMNS));
          forEach(
              store,
              (password, found) -> invocation.output().text(Csv.line(cells(password, found))));
        }
        case TABLE -> table(store);
      }
      return 0;
    });
  }

  private interface Row {
    void of(AppPassword password, Set<Finding> found);
  }

  private void forEach(Store store, Row row) {
    Instant unusedSince =
        invocation.surroundings().clock().instant().minus(Duration.ofDays(unusedDays));
    Set<Finding> filter = wanted.isEmpty() ? EnumSet.allOf(Finding.class) : Set.copyOf(wanted);
    store
        .appPasswords()
        .forEachWorking(password -> {
          Set<Finding> found = Finding.of(password, unusedSince);
          if (found.stream().anyMatch(filter::contains)) {
            row.of(password, found);
          }
        });
  }

  /** In blocks with a heading each, since the width of a column is known only at the end. */
  private void table(Store store) {
    List<String[]> block = new ArrayList<>();
    AtomicLong blocks = new AtomicLong();
    forEach(
        store,
        (password, found) -> {
          block.add(
              new String[] {
                password.user(),
                password.id(),
                password.label(),
                words(found),
                password.lastUse().map(LastUse::at).map(Views::time).orElse("never"),
                password.createdBy()
              });
          if (block.size() == BLOCK) {
            print(block, blocks.getAndIncrement());
          }
        });
    if (!block.isEmpty()) {
      print(block, blocks.getAndIncrement());
    }
    if (blocks.get() == 0) {
      invocation.output().text("Nothing to report.");
    }
  }

  private void print(List<String[]> block, long before) {
    TextTable table = new TextTable("USER", "ID", "LABEL", "FINDINGS", "LAST USED", "CREATED BY");
    block.forEach(table::row);
    block.clear();
    invocation.output().text((before == 0 ? "" : "\n") + table);
  }

  private static ObjectNode json(AppPassword password, Set<Finding> found) {
    ObjectNode json = AppPasswordView.json(password);
    ArrayNode findings = json.putArray("findings");
    found.stream().map(Finding::word).forEach(findings::add);
    return json;
  }

  private static List<String> cells(AppPassword password, Set<Finding> found) {
    Optional<LastUse> use = password.lastUse();
    return List.of(
        password.user(),
        password.id(),
        password.label(),
        password.state().word(),
        words(found),
        password.createdAt().toString(),
        password.createdBy(),
        use.map(last -> last.at().toString()).orElse(""),
        use.map(last -> last.from().getHostAddress()).orElse(""),
        use.map(last -> last.scope().word()).orElse(""),
        use.flatMap(LastUse::protection).map(Protection::word).orElse(""),
        use.map(LastUse::clientName).orElse(""),
        password.exposedAt().map(Instant::toString).orElse(""),
        password.expiresAt().map(Instant::toString).orElse(""));
  }

  private static String words(Set<Finding> found) {
    return found.stream().map(Finding::word).collect(Collectors.joining(" "));
  }
}
