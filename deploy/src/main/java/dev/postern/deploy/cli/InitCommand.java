package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.starter.StarterFiles;
import dev.postern.deploy.starter.UpstreamKind;
import dev.postern.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern init}: a configuration to start from. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description = {
      "Write an annotated configuration, keys, a development certificate and a database.",
      "Existing files are never overwritten."
    },
    footer = {"", "Example:", "  postern init --upstream dovecot /etc/postern"})
final class InitCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Option(
      names = "--upstream",
      paramLabel = "KIND",
      defaultValue = "dovecot",
      description =
          "dovecot (default): one master user. generic: a stored password per user."
              + " office365, google: access tokens.")
  private UpstreamKind kind = UpstreamKind.DOVECOT;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "Default: here.")
  private Path folder = Path.of(".");

  InitCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    StarterFiles files = new StarterFiles(invocation.path(folder).normalize(), new SecureRandom());
    List<Path> existing = files.existing(kind);
    if (!existing.isEmpty()) {
      throw new CommandFailure(
          "conflict",
          existing.stream().map(Path::toString).collect(Collectors.joining(", "))
              + (existing.size() == 1 ? " exists already" : " exist already"),
          "name another folder, or move them away first");
    }
    List<Path> written;
    try {
      written = files.write(kind, invocation.surroundings().clock().instant());
    } catch (IOException trouble) {
      throw new CommandFailure(
          "io", "cannot write: " + trouble, "name a folder that is ours to write");
    }
    Configuration configuration =
        new ConfigLoader(invocation.surroundings().environment()).load(files.configuration());
    Store.open(configuration.store(), Store.Schema.MIGRATE, invocation.surroundings().clock())
        .close();
    show(files.configuration(), written);
    return 0;
  }

  private void show(Path configuration, List<Path> written) {
    ObjectNode json = Output.object().put("configuration", configuration.toString());
    ArrayNode names = json.putArray("files");
    written.forEach(path -> names.add(path.toString()));
    String list = written.stream().map(path -> "  " + path).collect(Collectors.joining("\n"));
    List<String> steps = steps(configuration);
    String next =
        IntStream.range(0, steps.size())
            .mapToObj(step -> "  " + (step + 1) + ". " + steps.get(step))
            .collect(Collectors.joining("\n"));
    invocation
        .output()
        .result(
            json,
            """
            Wrote
            %s
            and an empty database beside them.

            Next:
            %s\
            """
                .formatted(list, next));
  }

  /** What is to be done with the new site. */
  private List<String> steps(Path configuration) {
    String file = " --config " + configuration;
    List<String> steps = new ArrayList<>();
    steps.add("edit the lines marked EDIT in " + configuration);
    steps.add("postern check --connect" + file);
    steps.add("postern user add alice@example.com" + file);
    switch (kind) {
      case GENERIC -> steps.add("postern user upstream-password alice@example.com" + file);
      case DOVECOT, OFFICE365, GOOGLE -> {}
    }
    steps.add("postern app-password create alice@example.com --label Phone" + file);
    steps.add("postern serve" + file);
    switch (kind) {
      case GOOGLE -> steps.add("while it runs: postern oauth connect alice@example.com" + file);
      case DOVECOT, GENERIC, OFFICE365 -> {}
    }
    return steps;
  }
}
