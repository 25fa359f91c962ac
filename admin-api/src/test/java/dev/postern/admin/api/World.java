package dev.postern.admin.api;

import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.guard.Ban;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionStart;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The things that the document's examples speak of, as they are in one store: examples name them by
 * the same words everywhere, here each has its own.
 */
final class World implements AutoCloseable {
  private final int number;
  private final String user;
  private final String appPassword;
  private final String token;
  private final String network;
  private final LiveSession session;
  private final Store store;
  private final String trace;

  /**
   * @param number makes it another one
   */
  World(Store store, int number) {
    this.number = number;
    this.store = store;
    user = "alice" + number + "@example.com";
    String userId =
        store.users().add(user, Optional.empty(), Optional.empty(), TestConfig.ACTOR).id();
    store.users().edit(user, UserEdit.NONE.withGroup(Optional.of("sales")), TestConfig.ACTOR);
    appPassword = appPassword(store).id();
    consent(store, user);
    store.users().addAlias(user, "info" + number + "@example.com", TestConfig.ACTOR);
    token = token(store, number);
    network = "198.51." + number + ".0/24";
    store
        .bans()
        .add(Cidr.parse(network), Ban.Kind.DENY, Optional.empty(), "scans", TestConfig.ACTOR);
    trace = store.traces().start(user, Duration.ofHours(1), TestConfig.ACTOR).id();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 993);
    session =
        store
            .sessionRegistry()
            .begin(
                new SessionStart(
                    "s" + number,
                    userId,
                    appPassword,
                    Scope.IMAP,
                    address,
                    address,
                    "Thunderbird",
                    Instant.now()));
  }

  private AppPassword appPassword(Store store) {
    IssuedAppPassword issued =
        store
            .appPasswords()
            .create(
                user,
                new NewAppPassword(
                    "Old phone",
                    Set.of(Scope.IMAP, Scope.SUBMISSION),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty()),
                TestConfig.ACTOR);
    try (var _ = issued.secret()) {
      return issued.appPassword();
    }
  }

  private static String token(Store store, int number) {
    IssuedApiToken issued =
        store
            .apiTokens()
            .create(
                new NewApiToken("w" + number, Role.AUDITOR, Set.of(), Optional.empty()),
                TestConfig.ACTOR);
    issued.secret().close();
    return issued.token().id();
  }

  private static void consent(Store store, String user) {
    try (Secret refresh = Secret.ofText("refresh");
        Secret access = Secret.ofText("access")) {
      OAuthAccount _ =
          store
              .oauthAccounts()
              .connect(
                  user,
                  "office365",
                  new Minted(
                      access,
                      Duration.ofHours(1),
                      Optional.of(refresh),
                      Optional.of(user),
                      "registration"),
                  TestConfig.ACTOR);
    }
  }

  /** The same text about the things of this world; in an address they are percent-encoded. */
  String adapted(String operationId, String text) {
    boolean isNew = operationId.startsWith("add") || operationId.startsWith("create");
    Map<String, String> names = new LinkedHashMap<>();
    names.put("alice@example.com", operationId.equals("addUser") ? "new" + user : user);
    names.put("info@example.com", (isNew ? "other" : "info") + number + "@example.com");
    names.put("ap_0123456789abcdef", appPassword);
    names.put("tk_0123456789ab", token);
    names.put("8c1f0a2e", "s" + number);
    names.put("tr_0123456789abcdef", trace);
    names.put("198.51.100.0/24", network);
    names.put("192.0.2.0/24", network);
    names.put("\"portal\"", "\"portal" + number + "\"");
    String adapted = text;
    for (Map.Entry<String, String> name : names.entrySet()) {
      adapted =
          adapted
              .replace(name.getKey(), name.getValue())
              .replace(Pages.encoded(name.getKey()), Pages.encoded(name.getValue()));
    }
    return adapted;
  }

  /** Waits until its session is in the list. */
  void awaitSession(Store store) {
    await()
        .until(() ->
            store.sessions().list(SessionFilter.ALL, Optional.empty(), 1000).stream()
                .anyMatch(entry -> entry.id().equals("s" + number)));
  }

  /** Its session ends, and its trace: there may be few at a time. */
  @Override
  public void close() {
    session.close();
    if (store.traces().list().stream().anyMatch(one -> one.user().equals(user))) {
      store.traces().stop(user, TestConfig.ACTOR);
    }
  }
}
