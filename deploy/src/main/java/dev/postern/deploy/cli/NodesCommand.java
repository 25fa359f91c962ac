package dev.postern.deploy.cli;

import dev.postern.admin.view.NodeView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.keys.LiveNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code postern nodes}. */
@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = {
      "The running nodes of this site: since when, and the keys with which each makes new values.",
      "One that was silent for 30 seconds is not listed."
    },
    footer = {"", "Example:", "  postern nodes"})
final class NodesCommand implements Callable<Integer> {
  private final Invocation invocation;

  NodesCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, _) -> {
      List<LiveNode> nodes = store.keys().nodes();
      if (invocation.output().isJson()) {
        nodes.forEach(node -> invocation.output().json(NodeView.json(node)));
      }
      TextTable table = new TextTable("NODE", "STARTED", "ACTIVE KEYS");
      nodes.forEach(node ->
          table.row(
              node.name(),
              Views.time(node.startedAt()),
              String.join(" ", node.active().stream().sorted().toList())));
      invocation
          .output()
          .text(nodes.isEmpty() ? "No node runs. Start one: postern serve" : table.toString());
      return 0;
    });
  }
}
