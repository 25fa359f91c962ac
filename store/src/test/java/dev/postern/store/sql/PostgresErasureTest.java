package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.Store;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.FoldingSignInLog;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLimits;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import dev.postern.store.session.EndedSession;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** A person is erased while something of the same person is being written. */
class PostgresErasureTest extends StoreContract {
  private static final NameDigest DIGEST = new NameDigest(List.of(TestConfig.key("s1", 101)));
  private static final InetAddress PHONE_AT = InetAddress.ofLiteral("192.0.2.7");
  private static final String WAITING = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";

  private final CountDownLatch written = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);

  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Test
  void anAttemptThatIsBeingWrittenIsTakenOutToo() throws Exception {
    Store store = open();
    add(store, ALICE);
    String id = id(store);
    FoldingSignInLog log = new FoldingSignInLog(SignInLimits.DEFAULTS);
    for (Optional<String> user : List.of(Optional.of(id), Optional.<String>empty())) {
      log.note(
          new SignIn(
              clock.instant(),
              user,
              ALICE,
              Compared.NOTHING,
              Scope.IMAP,
              "plain",
              PHONE_AT,
              "Some Mailer",
              "rejected",
              user.isPresent() ? "wrong-secret" : "throttled"));
    }
    SignInTable table = new SignInTable(DIGEST, Dialect.POSTGRESQL);

    eraseWhile(
        store,
        handle -> {
          try {
            var _ = table.add(handle, log.take(10));
          } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
          }
        });

    assertThat(query("SELECT COUNT(*) FROM sign_ins")).isEqualTo(2);
    assertThat(
            query(
                "SELECT COUNT(*) FROM sign_ins WHERE user_id NOT LIKE 'erased-%'"
                    + " OR peer IS NOT NULL OR client <> ''"))
        .isZero();
  }

  @Test
  void aSessionThatIsBeingWrittenIsTakenOutToo() throws Exception {
    Store store = open();
    add(store, ALICE);
    EndedSession ended =
        new EndedSession(
            EndedSessionTable.id(clock.instant(), "s1"),
            "s1",
            id(store),
            Optional.of(ALICE),
            "ap_phone",
            Scope.IMAP,
            Optional.of(new InetSocketAddress(PHONE_AT, 40_000)),
            "Some Mailer",
            Optional.empty(),
            clock.instant(),
            clock.instant(),
            7,
            9,
            "idle");

    eraseWhile(
        store, handle -> EndedSessionTable.put(handle, Dialect.POSTGRESQL, DIGEST, List.of(ended)));

    assertThat(query("SELECT COUNT(*) FROM ended_sessions")).isEqualTo(1);
    assertThat(
            query(
                "SELECT COUNT(*) FROM ended_sessions WHERE user_id NOT LIKE 'erased-%'"
                    + " OR peer IS NOT NULL OR client <> ''"))
        .isZero();
  }

  /** Somebody else has the receiver, so that the event is half written when the user goes. */
  @Test
  void anEventThatIsBeingWrittenGoesToo() throws Exception {
    Store store = open();
    add(store, ALICE);
    String password = create(store, ALICE).appPassword().id();
    store.outbox().register("them", EnumSet.of(EventKind.APP_PASSWORD_REFUSED_AFTER_REVOCATION));
    try (Database direct = Database.open(database, false);
        Secret secret = Secret.ofText("x");
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      EventInbox inbox =
          new EventInbox(
              direct,
              new Writes(direct, clock, _ -> {}),
              new WebhookTable(new SecureRandom()),
              _ -> {},
              Ticker.systemTicker());
      inbox.round();
      inbox.afterRevocation(
          password,
          new Attempt(ALICE, secret, Scope.IMAP, Protection.TLS_1_3, "plain", PHONE_AT, "Mailer"),
          clock.instant());
      Future<?> holding =
          threads.submit(() ->
              held(handle -> {
                var _ =
                    handle
                        .createQuery("SELECT receiver FROM webhook_receivers FOR UPDATE")
                        .mapTo(String.class)
                        .list();
              }));
      assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
      Future<?> writing = threads.submit(inbox::flush);
      awaitWaiting(1);
      Future<?> erasing = threads.submit(() -> store.personalData().erase(ALICE, TestConfig.ACTOR));
      await().atMost(Duration.ofSeconds(20)).until(() -> erasing.isDone() || query(WAITING) >= 2);
      mayEnd.countDown();
      for (Future<?> each : List.of(holding, writing, erasing)) {
        var _ = each.get(20, TimeUnit.SECONDS);
      }
    }
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).isZero();
  }

  private static String id(Store store) {
    return store.users().find(ALICE).orElseThrow().id();
  }

  /** Erases Alice between the work and the end of its transaction, or right after it. */
  private void eraseWhile(Store store, Consumer<Handle> work) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> writing = threads.submit(() -> held(work));
      assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
      Future<?> erasing = threads.submit(() -> store.personalData().erase(ALICE, TestConfig.ACTOR));
      await().atMost(Duration.ofSeconds(20)).until(() -> erasing.isDone() || query(WAITING) >= 1);
      mayEnd.countDown();
      var _ = writing.get(20, TimeUnit.SECONDS);
      var _ = erasing.get(20, TimeUnit.SECONDS);
    }
  }

  /** Does it, and ends the transaction when it may. */
  private void held(Consumer<Handle> work) {
    try (Database direct = Database.open(database, false)) {
      boolean _ =
          direct.write(handle -> {
            work.accept(handle);
            written.countDown();
            try {
              return mayEnd.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
  }

  private void awaitWaiting(int most) {
    await().atMost(Duration.ofSeconds(20)).until(() -> query(WAITING) >= most);
  }
}
