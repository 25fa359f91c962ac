package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.webhook.Webhook;
import dev.postern.deploy.webhook.WebhookTrial;
import java.util.List;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern webhooks …}. */
@Command(
    name = "webhooks",
    mixinStandardHelpOptions = true,
    description = "Systems that are told of what happens.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  postern webhooks test"})
final class WebhooksCommands {
  private final Invocation invocation;

  WebhooksCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "test",
      mixinStandardHelpOptions = true,
      description = {
        "Send an event named \"test\" to each of them, and say what came back.",
        "It is signed as all are, and sent once; exit code 1 if one did not take it."
      },
      footer = {"", "Example:", "  postern webhooks test"})
  int test() throws ConfigException {
    List<Webhook> webhooks = invocation.configuration().webhooks();
    if (webhooks.isEmpty()) {
      throw new CommandFailure(
          "not-found", "the configuration has no webhooks", "write some: docs/webhooks.md");
    }
    List<WebhookTrial.Result> results = results(webhooks);
    TextTable table = new TextTable("WEBHOOK", "HOST", "ANSWER");
    for (int i = 0; i < results.size(); i++) {
      WebhookTrial.Result result = results.get(i);
      if (invocation.output().isJson()) {
        ObjectNode json =
            Output.object()
                .put("webhook", i)
                .put("host", result.host())
                .put("isTaken", result.trouble().isEmpty());
        result.trouble().ifPresent(trouble -> json.put("trouble", trouble));
        invocation.output().json(json);
      }
      table.row("webhooks[" + i + "]", result.host(), result.trouble().orElse("took it"));
    }
    invocation.output().text(table.toString());
    return results.stream().allMatch(result -> result.trouble().isEmpty()) ? 0 : 1;
  }

  private List<WebhookTrial.Result> results(List<Webhook> webhooks) {
    try {
      return WebhookTrial.of(webhooks, invocation.surroundings().clock());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", "the command was interrupted", "repeat it");
    }
  }
}
