package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** App passwords for old devices, and secrets that came in clear, on each database. */
abstract class LaneContract extends StoreContract {
  private static final List<Cidr> HERE = List.of(Cidr.parse("127.0.0.0/8"));

  @Test
  void aLegacyLaneTakesOnlyWhatWasMadeForIt() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword scanner = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.LEGACY);
    IssuedAppPassword phone = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.ORDINARY);

    assertThat(login(store, scanner.secret(), Lane.LEGACY)).isEqualTo("accepted");
    assertThat(login(store, scanner.secret(), Lane.ORDINARY)).isEqualTo("accepted");
    assertThat(login(store, phone.secret(), Lane.ORDINARY)).isEqualTo("accepted");
    assertThat(login(store, phone.secret(), Lane.LEGACY)).isEqualTo("out-of-lane");
    assertThat(store.appPasswords().find(scanner.appPassword().id()).orElseThrow().lane())
        .isEqualTo(Lane.LEGACY);
  }

  @Test
  void whatCanBeReadOnItsWayIsForSendingFromKnownNetworks() {
    Store store = open();
    add(store, ALICE);

    assertRefused(Code.INVALID, () -> make(store, Set.of(Scope.IMAP), HERE, Lane.LEGACY));
    assertRefused(
        Code.INVALID, () -> make(store, Set.of(Scope.IMAP, Scope.SUBMISSION), HERE, Lane.LEGACY));
    assertRefused(
        Code.INVALID, () -> make(store, Set.of(Scope.SUBMISSION), List.of(), Lane.LEGACY));
    assertRefused(
        Code.INVALID,
        () ->
            make(
                store,
                Set.of(Scope.SUBMISSION),
                List.of(Cidr.parse("127.0.0.0/8"), Cidr.parse("::/0")),
                Lane.LEGACY));
  }

  @Test
  void itStaysSoWhateverIsChanged() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword scanner = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.LEGACY);
    String id = scanner.appPassword().id();

    assertRefused(
        Code.INVALID, () -> store.appPasswords().edit(id, networks(List.of()), TestConfig.ACTOR));
    store.appPasswords().edit(id, networks(List.of(Cidr.parse("127.0.0.1/32"))), TestConfig.ACTOR);
    IssuedAppPassword next = store.appPasswords().rotate(id, Duration.ofDays(1), TestConfig.ACTOR);

    assertThat(next.appPassword().lane()).isEqualTo(Lane.LEGACY);
    assertThat(login(store, next.secret(), Lane.LEGACY)).isEqualTo("accepted");
  }

  @Test
  void theLaneIsSigned() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword phone = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.ORDINARY);
    store.close();

    run("UPDATE app_passwords SET lane = 'legacy'");

    Store again = open();
    assertThat(login(again, phone.secret(), Lane.LEGACY)).isEqualTo("wrong-secret");
    assertThat(again.statistics().rowAlarms().get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRightSecretThatCameInClearIsMarkedAndOnRecord(boolean isCached) {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword phone = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.ORDINARY);
    if (isCached) {
      assertThat(login(store, phone.secret(), Lane.ORDINARY)).isEqualTo("accepted");
    }

    store.verifier().exposed(inClear(ALICE, AppPasswordShape.grouped(phone.secret())));

    String id = phone.appPassword().id();
    await()
        .untilAsserted(
            () -> assertThat(store.appPasswords().find(id).orElseThrow().exposedAt()).isPresent());
    await()
        .untilAsserted(
            () -> assertThat(noted(store)).contains(ALICE + " " + id + " rejected in-clear"));
  }

  @Test
  void aWrongSecretThatCameInClearIsOnRecordAlone() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword phone = make(store, Set.of(Scope.SUBMISSION), HERE, Lane.ORDINARY);

    store.verifier().exposed(inClear(ALICE, Secret.ofText("0000111122223333")));
    store.verifier().exposed(inClear("nobody@example.com", Secret.ofText("0000111122223333")));
    store.verifier().exposed(inClear("a\r\nb", Secret.ofText("Summer2026!")));

    await()
        .untilAsserted(
            () -> assertThat(noted(store)).contains(ALICE + " - rejected in-clear").hasSize(3));
    assertThat(store.appPasswords().find(phone.appPassword().id()).orElseThrow().exposedAt())
        .isEmpty();
  }

  private static List<String> noted(Store store) {
    return store.signIns().list(SignIns.Query.ALL, Optional.empty(), 100).stream()
        .map(entry ->
            entry.user().orElse("-")
                + " "
                + entry.credentialId().orElse("-")
                + " "
                + entry.outcome()
                + " "
                + entry.reason())
        .filter(line -> line.endsWith("in-clear"))
        .toList();
  }

  private static AppPasswordEdit networks(List<Cidr> networks) {
    return new AppPasswordEdit(
        new Edit.Keep<>(),
        new Edit.Keep<>(),
        new Edit.To<>(networks),
        new Edit.Keep<>(),
        new Edit.Keep<>());
  }

  private IssuedAppPassword make(Store store, Set<Scope> scopes, List<Cidr> networks, Lane lane) {
    return store
        .appPasswords()
        .create(
            ALICE,
            new NewAppPassword(
                label(),
                scopes,
                Optional.empty(),
                Optional.empty(),
                networks,
                Optional.empty(),
                lane),
            TestConfig.ACTOR);
  }

  private static String login(Store store, Secret secret, Lane lane) {
    AuthOutcome outcome =
        store
            .verifier()
            .verify(attempt(ALICE, AppPasswordShape.grouped(secret), Protection.TLS_1_0, lane))
            .toCompletableFuture()
            .join();
    return outcome instanceof AuthOutcome.Rejected(var reason) ? reason.word() : outcome.word();
  }

  private static Attempt inClear(String name, Secret secret) {
    return attempt(name, secret, Protection.CLEAR, Lane.ORDINARY);
  }

  private static Attempt attempt(String name, Secret secret, Protection protection, Lane lane) {
    return new Attempt(
        name,
        secret,
        Scope.SUBMISSION,
        protection,
        "plain",
        InetAddress.getLoopbackAddress(),
        "test",
        lane);
  }
}
