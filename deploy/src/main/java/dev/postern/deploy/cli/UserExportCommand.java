package dev.postern.deploy.cli;

import dev.postern.admin.view.AppPasswordView;
import dev.postern.admin.view.ChangeView;
import dev.postern.admin.view.ConsentView;
import dev.postern.admin.view.EndedSessionView;
import dev.postern.admin.view.Json;
import dev.postern.admin.view.PolicyView;
import dev.postern.admin.view.SessionView;
import dev.postern.admin.view.SignInView;
import dev.postern.admin.view.TraceView;
import dev.postern.admin.view.UserView;
import dev.postern.deploy.config.ConfigException;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.User;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.Sessions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code postern user export}: everything kept about a person. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Everything kept about a person as one JSON document: the user, app passwords, policy,",
      "sessions, attempts to log in, traces, changes, and what waits for webhooks. Secrets and their",
      "stored forms are not in it."
    },
    footer = {"", "Example:", "  postern user export alice@example.com > alice.json"})
final class UserExportCommand implements Callable<Integer> {
  private final Invocation invocation;

  @Parameters(paramLabel = "NAME")
  private String name = "";

  UserExportCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Override
  public Integer call() throws ConfigException {
    return invocation.withStore((store, _) -> {
      User user =
          store
              .users()
              .find(name)
              .orElseThrow(() ->
                  new RefusedException(
                      RefusedException.Code.NOT_FOUND,
                      "there is no user " + name,
                      "See 'postern user list'."));
      ObjectNode json = Output.object();
      json.set("user", UserView.json(user));
      ArrayNode aliases = json.putArray("aliases");
      store.users().aliases(user.name()).forEach(aliases::add);
      ArrayNode upstreams = json.putArray("upstreamPasswords");
      store.users().upstreamPasswords(user.name()).forEach(upstreams::add);
      ArrayNode consents = json.putArray("oauth");
      store.oauthAccounts().of(user.name()).stream().map(ConsentView::json).forEach(consents::add);
      ArrayNode passwords = json.putArray("appPasswords");
      store.appPasswords().list(user.name()).stream()
          .map(AppPasswordView::json)
          .forEach(passwords::add);
      json.set(
          "policy",
          PolicyView.json(store.policies().read(new PolicySubject.OfUser(user.name())).rules()));
      ArrayNode traces = json.putArray("traces");
      store.traces().list().stream()
          .filter(trace -> trace.user().equals(user.name()))
          .map(TraceView::json)
          .forEach(traces::add);
      ArrayNode events = json.putArray("waitingForWebhooks");
      store.outbox().waitingOf(user.id()).stream().map(Json::parse).forEach(events::add);
      sessions(store, user, json.putArray("sessions"));
      ended(store, user, json.putArray("endedSessions"));
      signIns(store, user, json.putArray("signIns"));
      changes(store, user, json.putArray("changes"));
      invocation.output().json(json);
      return 0;
    });
  }

  private static void sessions(Store store, User user, ArrayNode to) {
    SessionFilter which = SessionFilter.ALL.ofUser(user.id());
    List<Sessions.Entry> page =
        store.sessions().list(which, Optional.empty(), Sessions.LONGEST_PAGE);
    while (!page.isEmpty()) {
      page.stream().map(SessionView::json).forEach(to::add);
      page = store.sessions().list(which, Optional.of(page.getLast().key()), Sessions.LONGEST_PAGE);
    }
  }

  private static void ended(Store store, User user, ArrayNode to) {
    Exports exports = store.exports();
    List<EndedSession> page = exports.sessionsOf(user.id(), Optional.empty(), Exports.LONGEST_PAGE);
    while (!page.isEmpty()) {
      page.stream().map(EndedSessionView::json).forEach(to::add);
      page = exports.sessionsOf(user.id(), Optional.of(page.getLast().id()), Exports.LONGEST_PAGE);
    }
  }

  private static void signIns(Store store, User user, ArrayNode to) {
    SignIns.Query query = SignIns.Query.ALL.ofUser(user.name());
    List<SignIns.Entry> page = store.signIns().list(query, Optional.empty(), SignIns.LONGEST_PAGE);
    while (!page.isEmpty()) {
      page.stream().map(SignInView::json).forEach(to::add);
      page = store.signIns().list(query, Optional.of(page.getLast().id()), SignIns.LONGEST_PAGE);
    }
  }

  private static void changes(Store store, User user, ArrayNode to) {
    Changes.Query query = Changes.Query.ALL.ofUser(user.id());
    List<Changes.Entry> page = store.changes().list(query, Optional.empty(), Changes.LONGEST_PAGE);
    while (!page.isEmpty()) {
      page.stream().map(ChangeView::json).forEach(to::add);
      page = store.changes().list(query, Optional.of(page.getLast().id()), Changes.LONGEST_PAGE);
    }
  }
}
