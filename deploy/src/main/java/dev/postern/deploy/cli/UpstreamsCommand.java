package dev.postern.deploy.cli;

import dev.postern.admin.view.UpstreamSettings;
import dev.postern.admin.view.UpstreamView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.node.SiteUpstreams;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.upstream.UpstreamState;
import dev.postern.store.upstream.UpstreamStates.AtNode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code postern upstreams}. */
@Command(
    name = "upstreams",
    mixinStandardHelpOptions = true,
    description = {
      "The upstreams of the configuration, and how each running node finds them.",
      "A circuit is open where logins are refused, because the upstream is not reached."
    },
    footer = {"", "Example:", "  postern upstreams"})
final class UpstreamsCommand implements Callable<Integer> {
  private final Invocation invocation;

  UpstreamsCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, configuration) -> {
      List<AtNode> states = store.upstreamStates().list();
      List<ConsentCount> consents = store.oauthAccounts().counts();
      List<UpstreamSettings> upstreams = SiteUpstreams.of(configuration.gateway());
      if (invocation.output().isJson()) {
        upstreams.forEach(
            upstream -> invocation.output().json(UpstreamView.json(upstream, states, consents)));
      }
      invocation
          .output()
          .text(
              upstreams.stream()
                  .map(upstream -> text(upstream, states, consents))
                  .collect(Collectors.joining("\n")));
      return 0;
    });
  }

  private static String text(
      UpstreamSettings upstream, List<AtNode> states, List<ConsentCount> consents) {
    StringBuilder text = new StringBuilder(upstream.name() + ": " + upstream.loginMethod());
    upstream.endpoints().forEach(endpoint -> text.append(", ").append(endpoint.url()));
    if (upstream.takesConsent()) {
      text.append("; ")
          .append(UpstreamView.count(upstream, State.CONNECTED, consents))
          .append(" connected, ")
          .append(UpstreamView.count(upstream, State.NEEDS_CONSENT, consents))
          .append(" to consent again");
    }
    List<AtNode> own = UpstreamView.of(upstream, states).toList();
    return text + "\n" + (own.isEmpty() ? "  no node says how it does" : table(own));
  }

  private static String table(List<AtNode> states) {
    TextTable table =
        new TextTable(
            "NODE",
            "PROTOCOL",
            "CIRCUIT",
            "SESSIONS",
            "LOGINS",
            "WAITING",
            "LAST LOGIN",
            "LAST FAILURE");
    for (AtNode at : states) {
      UpstreamState state = at.state();
      table.row(
          at.node(),
          state.protocol().word(),
          state.openSince().map(since -> "open since " + Views.time(since)).orElse("closed"),
          "" + at.sessions(),
          state.load().underWay() + " of " + state.load().most(),
          "" + state.load().waiting(),
          state.lastLogin().map(Views::time).orElse("-"),
          failure(state.lastFailure()));
    }
    return table.toString();
  }

  private static String failure(Optional<UpstreamState.Failure> failure) {
    return failure
        .map(why ->
            Views.time(why.at())
                + " "
                + why.cause()
                + (why.detail().isEmpty() ? "" : ": " + why.detail()))
        .orElse("-");
  }
}
