package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.imports.Imports.Verdict;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What importing does to users and app passwords, on each database. */
abstract class ImportsContract extends StoreContract {
  private static final String HUNTER = "{SHA256}9S+9MrKzuG/4jvbEkGKChfSCrxXdyylUH5S89Saj9sc=";
  private static final String OTHER = "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=";

  private static ForeignSecret foreign(String origin, String user, String hash) {
    return new ForeignSecret(
        origin,
        user,
        "imported",
        Secret.ofText(hash),
        Set.of(Scope.IMAP),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private static List<Verdict> take(Store store, ForeignSecret... secrets) {
    return store.imports().take(List.of(secrets), false, TestConfig.ACTOR);
  }

  private static ForeignSecret alice(String hash) {
    return foreign("file/alice", ALICE, hash);
  }

  /** What becomes of Alice when she types that. */
  private static Optional<RejectReason> typed(Store store, String password) {
    AuthOutcome outcome =
        store
            .verifier()
            .verify(
                new Attempt(
                    ALICE,
                    Secret.ofText(password),
                    Scope.IMAP,
                    "plain",
                    InetAddress.getLoopbackAddress(),
                    "test"))
            .toCompletableFuture()
            .join();
    return outcome instanceof AuthOutcome.Rejected(RejectReason reason)
        ? Optional.of(reason)
        : Optional.empty();
  }

  @Test
  void takesTheSameOnceAndAChangedHashInItsPlace() {
    Store store = open();
    assertThat(take(store, alice(HUNTER))).singleElement().isInstanceOf(Verdict.Added.class);
    assertThat(take(store, alice(HUNTER))).singleElement().isInstanceOf(Verdict.Unchanged.class);
    assertThat(typed(store, "password")).isNotEmpty();
    assertThat(take(store, alice(OTHER))).singleElement().isInstanceOf(Verdict.Replaced.class);
    assertThat(typed(store, "password")).isEmpty();
    assertThat(store.appPasswords().list(ALICE)).hasSize(1);
  }

  @Test
  void leavesRevokedWhatWasRevokedHere() {
    Store store = open();
    Verdict.Added added = (Verdict.Added) take(store, alice(HUNTER)).getFirst();
    AppPassword _ = store.appPasswords().revoke(added.id(), "lost", TestConfig.ACTOR);
    assertThat(take(store, alice(OTHER))).singleElement().isInstanceOf(Verdict.Unchanged.class);
    assertThat(typed(store, "password")).contains(RejectReason.WRONG_SHAPE);
  }

  @Test
  void takesAUserWhoWasRemovedLikeANewOne() {
    Store store = open();
    Verdict.Added first = (Verdict.Added) take(store, alice(OTHER)).getFirst();
    for (int i = 0; i < 3; i++) {
      AppPassword _ = store.appPasswords().suspend(first.id(), "away", TestConfig.ACTOR);
      AppPassword _ = store.appPasswords().resume(first.id(), TestConfig.ACTOR);
    }
    assertThat(typed(store, "password")).as("its latest version was seen").isEmpty();
    store.users().remove(ALICE, TestConfig.ACTOR);
    assertThat(take(store, alice(OTHER))).singleElement().isInstanceOf(Verdict.Added.class);
    assertThat(typed(store, "password")).isEmpty();
  }

  @Test
  void takesNoMoreForAUserThanALoginMayHaveToTry() {
    Store store = open();
    ForeignSecret[] many =
        IntStream.rangeClosed(0, Imports.MOST_PER_USER)
            .mapToObj(number -> foreign("file/" + number, ALICE, HUNTER))
            .toArray(ForeignSecret[]::new);
    List<Verdict> verdicts = take(store, many);
    assertThat(verdicts.subList(0, Imports.MOST_PER_USER))
        .allMatch(Verdict.Added.class::isInstance);
    assertThat(verdicts.getLast()).isInstanceOf(Verdict.Refused.class);
  }

  @Test
  void changesNothingInARehearsal() {
    Store store = open();
    assertThat(store.imports().take(List.of(alice(HUNTER)), true, TestConfig.ACTOR))
        .singleElement()
        .isInstanceOf(Verdict.Added.class);
    assertRefused(Code.NOT_FOUND, () -> store.appPasswords().list(ALICE));
  }

  @Test
  void takesNothingForAProtectedUser() {
    Store store = open();
    add(store, ALICE);
    var _ = store.users().edit(ALICE, new Edit.Keep<>(), new Edit.To<>(true), TestConfig.ACTOR);
    assertThat(take(store, alice(HUNTER))).singleElement().isInstanceOf(Verdict.Refused.class);
    assertThat(store.appPasswords().list(ALICE)).isEmpty();
  }
}
