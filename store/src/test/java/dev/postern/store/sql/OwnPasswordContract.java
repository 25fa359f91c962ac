package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Delegation;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** People's own passwords while a site moves in, in each database. */
abstract class OwnPasswordContract extends StoreContract {
  private static final String OWN = "Summer holidays!";

  private static final PassThrough OBSERVED =
      new PassThrough(Map.of(), Map.of(), Map.of("example.com", Mode.OBSERVE));
  private static final PassThrough WARNED =
      new PassThrough(Map.of(), Map.of(), Map.of("example.com", Mode.WARN));

  // ---- who is asked about

  @Test
  void whoIsNotNamedIsRefusedAsEver() {
    Store store = open();
    add(store, ALICE);
    assertThat(refusal(store, ALICE, OWN)).contains(RejectReason.WRONG_SHAPE);
    Store other = open(saying(OBSERVED), clock);
    assertThat(refusal(other, "alice@example.org", OWN)).contains(RejectReason.WRONG_SHAPE);
  }

  @Test
  void theUpstreamIsAskedForWhoIsNamed() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    Delegation delegation = delegation(store, ALICE, OWN);
    Grant grant = delegation.grant();
    assertThat(grant.user()).isEqualTo(ALICE);
    assertThat(grant.upstreamUser()).isEqualTo(ALICE);
    assertThat(grant.isOwnPassword()).isTrue();
    assertThat(text(delegation.secret())).isEqualTo(OWN);
  }

  /** Such a one may be an app password of somebody, of another time, of another system of ours. */
  @Test
  void whatCanBeAnAppPasswordNeverLeaves() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    for (String shaped :
        List.of(
            "0123456789abcdef",
            "0123-4567-89AB-CDEF",
            "correct horse battery staple",
            "0123456789abcdefghjkmnpqrstvwxyz")) {
      assertThat(refusal(store, ALICE, shaped)).as(shaped).contains(RejectReason.WRONG_SECRET);
    }
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    var _ = store.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    await()
        .untilAsserted(() ->
            assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.REVOKED));
  }

  /** Word processors and telephones make others of what was between the groups. */
  @Test
  void anAppPasswordInWhateverSpellingNeverLeaves() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    String secret = text(create(store, ALICE).secret());
    for (String dash :
        List.of("\u2013", "\u2014", "\u2212", "\u3000", "\u00ad", "\u2002", "\u200e")) {
      assertThat(refusal(store, ALICE, secret.replaceAll("....(?=.)", "$0" + dash)))
          .as("let in with U+%04x", (int) dash.charAt(0))
          .isEmpty();
    }
    for (String other : List.of(".", "_", "\u00b7", "\u201d", "\ufe0f")) {
      assertThat(refusal(store, ALICE, secret.replaceAll("....(?=.)", "$0" + other)))
          .as("with U+%04x", other.codePointAt(0))
          .contains(RejectReason.WRONG_SHAPE);
    }
    assertThat(refusal(store, ALICE, fullWidth(secret))).contains(RejectReason.WRONG_SHAPE);
    assertThat(refusal(store, "dora@example.com", fullWidth(secret)))
        .contains(RejectReason.WRONG_SHAPE);
  }

  private static String fullWidth(String secret) {
    return secret
        .chars()
        .map(c -> c + 0xfee0)
        .mapToObj(Character::toString)
        .collect(Collectors.joining());
  }

  /** Nothing of theirs goes anywhere: it is as if no line named them. */
  @Test
  void whereNobodyJudgesThemTheyAreWrongAndCounted() {
    Store named = open(saying(OBSERVED), clock);
    add(named, ALICE);
    Store without = open(saying(PassThrough.NONE), clock);
    settle(named);
    settle(without);
    for (String name : List.of(ALICE, "dora@example.com")) {
      for (int i = 0; i < 200; i++) {
        AuthOutcome outcome = verify(named, unjudged(name, "Guess!" + i));
        assertThat(outcome).isEqualTo(verify(without, attempt(name, "10.0.0.1", "Guess!" + i)));
        assertThat(outcome)
            .isInstanceOfAny(AuthOutcome.Rejected.class, AuthOutcome.Throttled.class);
      }
      assertThat(verify(named, unjudged(name, "One more!")))
          .as("guesses of %s are held", name)
          .isInstanceOf(AuthOutcome.Throttled.class);
    }
    await()
        .untilAsserted(() ->
            assertThat(named.signIns().list(SignIns.Query.ALL, Optional.empty(), 1000))
                .isNotEmpty()
                .extracting(SignIns.Entry::reason)
                .containsOnly("wrong-shape"));
  }

  private static Attempt unjudged(String name, String secret) {
    return new Attempt(
        name,
        Secret.ofText(secret),
        Scope.IMAP,
        Protection.TLS_1_3,
        "plain",
        InetAddress.ofLiteral("10.0.0.1"),
        "Thunderbird",
        Lane.ORDINARY,
        _ -> false);
  }

  /**
   * Whose it was is asked when it is written: of one whose id was given to nobody, name, domain and
   * address are kept, as of a refused one.
   */
  @Test
  void whatNobodyJudgedIsOnRecordByItsName() {
    Store store = open(saying(OBSERVED), clock);
    AuthOutcome _ = delegation(store, "dora@example.com", OWN).refused();
    SignIns.Entry refused = onlyEntry(store);
    store
        .signInLog()
        .note(
            new SignIn(
                clock.instant(),
                Optional.empty(),
                "dora@example.com",
                Compared.NOTHING,
                Scope.IMAP,
                "plain",
                InetAddress.ofLiteral("192.0.2.1"),
                "Thunderbird",
                "unavailable",
                "upstream-timeout",
                Optional.of("mailstore")));
    SignIns.Query ofDora =
        new SignIns.Query(
            Optional.of("dora@example.com"),
            Optional.of(Cidr.parse("192.0.2.0/24")),
            Optional.of("unavailable"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    SignIns.Entry entry =
        await()
            .until(
                () -> store.signIns().list(ofDora, Optional.empty(), 10),
                entries -> entries.size() == 1)
            .getFirst();
    assertThat(entry.nameDigest()).isPresent().isEqualTo(refused.nameDigest());
    assertThat(entry.domain()).contains("example.com");
    assertThat(entry.peer()).isEqualTo(refused.peer());
  }

  @Test
  void theUsersOwnWordGoesBeforeThatOfTheGroupAndThatBeforeTheDomains() {
    Store store =
        open(
            saying(
                new PassThrough(
                    Map.of("carol@example.com", Mode.OBSERVE),
                    Map.of("moved", Mode.ENFORCE),
                    Map.of("example.com", Mode.WARN))),
            clock);
    for (String name : List.of(ALICE, BOB, "carol@example.com")) {
      add(store, name);
    }
    inGroup(store, BOB, "moved");
    inGroup(store, "carol@example.com", "moved");
    assertThat(verify(store, ALICE, OWN)).isInstanceOf(AuthOutcome.Delegate.class);
    assertThat(refusal(store, BOB, OWN)).contains(RejectReason.WRONG_SHAPE);
    assertThat(verify(store, "carol@example.com", OWN)).isInstanceOf(AuthOutcome.Delegate.class);
  }

  @Test
  void aMemberOfAGroupIsFoundByAnyName() {
    Store store =
        open(saying(new PassThrough(Map.of(), Map.of("pilot", Mode.OBSERVE), Map.of())), clock);
    add(store, ALICE);
    inGroup(store, ALICE, "pilot");
    store.users().addAlias(ALICE, "office@example.org", TestConfig.ACTOR);
    assertThat(delegation(store, "office@example.org", OWN).grant().user()).isEqualTo(ALICE);
    assertThat(refusal(store, BOB, OWN)).contains(RejectReason.WRONG_SHAPE);
  }

  @Test
  void aDisabledUserIsNotAskedAbout() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    var _ = store.users().disable(ALICE, "gone", TestConfig.ACTOR);
    assertThat(refusal(store, ALICE, OWN)).contains(RejectReason.WRONG_SHAPE);
  }

  @Test
  void whatNoLineCanCarryIsNotSent() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    for (String bad : List.of("", "two\r\nlines", "a\u0000b", "tab\tbed", "x".repeat(256))) {
      assertThat(refusal(store, ALICE, bad)).contains(RejectReason.WRONG_SHAPE);
    }
    assertThat(verify(store, ALICE, "ü".repeat(127))).isInstanceOf(AuthOutcome.Delegate.class);
  }

  // ---- what comes of it

  @Test
  void whatTheUpstreamTookIsOnRecordAsSuch() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    assertThat(taken(delegation(store, ALICE, OWN)))
        .isEqualTo(new Delegation.Taken(accepted(store, ALICE), false));
    SignIns.Entry entry = onlyEntry(store);
    assertThat(entry.user()).contains(ALICE);
    assertThat(entry.outcome()).isEqualTo("accepted");
    assertThat(entry.reason()).isEqualTo("own-password");
    assertThat(entry.credentialId()).isEmpty();
    assertThat(entry.clientName()).isEqualTo("Thunderbird");
  }

  @Test
  void whoTheUpstreamKnowsIsAUserFromThenOn() {
    Store store = open(saying(OBSERVED), clock);
    Delegation first = delegation(store, "Dora@Example.COM", OWN);
    Delegation second = delegation(store, "dora@example.com", OWN);
    assertThat(store.users().find("dora@example.com")).as("before the upstream says so").isEmpty();
    assertThat(taken(first).outcome()).isInstanceOf(AuthOutcome.Accepted.class);
    assertThat(taken(second).outcome()).isInstanceOf(AuthOutcome.Accepted.class);
    assertThat(store.users().find("dora@example.com").orElseThrow().id())
        .isEqualTo(first.grant().userId())
        .isEqualTo(second.grant().userId());
    assertThat(store.changes().list(Changes.Query.ALL, Optional.empty(), 10))
        .extracting(Changes.Entry::action)
        .containsExactly("user.add");
    assertThat(onlyEntry(store).user()).contains("dora@example.com");
    Delegation known = delegation(store, "dora@example.com", OWN);
    assertThat(known.grant().userId()).isEqualTo(first.grant().userId());
    IssuedAppPassword issued = create(store, "dora@example.com");
    await()
        .untilAsserted(
            () -> assertThat(refusal(store, "dora@example.com", issued.secret())).isEmpty());
  }

  @Test
  void whoTheUpstreamRefusesIsNoUser() {
    Store store = open(saying(OBSERVED), clock);
    AuthOutcome outcome = delegation(store, "dora@example.com", OWN).refused();
    assertThat(outcome).isEqualTo(new AuthOutcome.Rejected(RejectReason.OWN_PASSWORD_REFUSED));
    assertThat(store.users().find("dora@example.com")).isEmpty();
    assertThat(onlyEntry(store).reason()).isEqualTo("own-password-refused");
  }

  @Test
  void aNameThatAnotherNodeGaveOutMeanwhileIsTriedAgain() {
    Store here = open(saying(OBSERVED), clock);
    Store there = open(saying(OBSERVED), clock);
    Delegation first = delegation(here, "dora@example.com", OWN);
    Delegation second = delegation(there, "dora@example.com", OWN);
    assertThat(taken(first).outcome()).isInstanceOf(AuthOutcome.Accepted.class);
    assertThat(taken(second).outcome()).isInstanceOf(AuthOutcome.Unavailable.class);
    await()
        .untilAsserted(() ->
            assertThat(delegation(there, "dora@example.com", OWN).grant().userId())
                .isEqualTo(first.grant().userId()));
  }

  // ---- guessing

  /**
   * As many different ones as of other secrets that people made; then none goes to the upstream.
   */
  @Test
  void guessesAreCountedBeforeTheyAreSent() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    settle(store);
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      AuthOutcome outcome = verify(store, attempt(ALICE, "10.0." + i + ".1", "Guess!" + i));
      if (outcome instanceof AuthOutcome.Delegate(Delegation delegation)) {
        sent.add("Guess!" + i);
        AuthOutcome _ = delegation.refused();
      } else {
        assertThat(outcome)
            .isInstanceOfSatisfying(
                AuthOutcome.Throttled.class,
                held -> {
                  assertThat(held.reason()).isEqualTo(RejectReason.TOO_MANY_GUESSES);
                  assertThat(held.isRefused()).isTrue();
                });
      }
    }
    assertThat(sent).hasSize(ThrottleRules.DEFAULT.guessesPerHour() / 2);
  }

  /** Nor do they become none because the server hangs up on them, or the client on us. */
  @Test
  void whatWasSentIsAGuessWhateverBecameOfIt() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    add(store, BOB);
    int sent = 0;
    int left = 0;
    for (int i = 0; i < 100; i++) {
      Attempt ofAlice = attempt(ALICE, "10.0." + i + ".1", "Guess!" + i);
      Attempt ofBob = attempt(BOB, "10.0." + i + ".1", "Guess!" + i);
      if (verify(store, ofAlice) instanceof AuthOutcome.Delegate(Delegation delegation)) {
        sent++;
        delegation.unanswered();
      }
      if (verify(store, ofBob) instanceof AuthOutcome.Delegate(Delegation delegation)) {
        left++;
        delegation.abandoned();
      }
    }
    assertThat(sent).isEqualTo(ThrottleRules.DEFAULT.guessesPerHour() / 2);
    assertThat(left).isEqualTo(ThrottleRules.DEFAULT.guessesPerHour() / 2);
    await()
        .untilAsserted(() ->
            assertThat(store.signIns().list(SignIns.Query.ALL, Optional.empty(), 1000))
                .filteredOn(entry -> entry.reason().equals("own-password-unjudged"))
                .hasSize(ThrottleRules.DEFAULT.guessesPerHour() / 2));
  }

  @Test
  void oneAddressDoesNotTryAllNames() {
    Store store = open(saying(OBSERVED), clock);
    int sent = 0;
    for (int i = 0; i < 500; i++) {
      if (verify(store, attempt("user" + i + "@example.com", "10.0.0.1", OWN))
          instanceof AuthOutcome.Delegate(Delegation delegation)) {
        sent++;
        AuthOutcome _ = delegation.refused();
      }
    }
    assertThat(sent).isBetween(10, ThrottleRules.DEFAULT.guessesPerHour());
  }

  @Test
  void whatWasRefusedJustNowIsNotSentAgain() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    settle(store);
    Delegation first = delegation(store, ALICE, OWN);
    Delegation same = delegation(store, ALICE, OWN);
    AuthOutcome _ = first.refused();
    AuthOutcome _ = same.refused();
    assertThat(refusal(store, ALICE, OWN)).contains(RejectReason.OWN_PASSWORD_REFUSED);
    assertThat(verify(store, ALICE, "Another one!")).isInstanceOf(AuthOutcome.Delegate.class);
  }

  @Test
  void fewOfOneUserAreUnderJudgementAtOnce() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    List<Delegation> under = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      under.add(delegation(store, ALICE, OWN));
    }
    assertThat(verify(store, ALICE, OWN))
        .isEqualTo(new AuthOutcome.Unavailable(AuthOutcome.Trouble.OVERLOADED));
    assertThat(verify(store, BOB, OWN)).isInstanceOf(AuthOutcome.Delegate.class);
    under.getFirst().unanswered();
    assertThat(verify(store, ALICE, OWN)).isInstanceOf(AuthOutcome.Delegate.class);
  }

  @Test
  void aListenerForOldDevicesTakesNone() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    Attempt old =
        new Attempt(
            ALICE,
            Secret.ofText(OWN),
            Scope.SUBMISSION,
            Protection.CLEAR,
            "plain",
            InetAddress.ofLiteral("192.0.2.1"),
            "scanner",
            Lane.LEGACY);
    assertThat(verify(store, old)).isEqualTo(new AuthOutcome.Rejected(RejectReason.WRONG_SHAPE));
  }

  /** Servers read more out of such names: another mailbox, another spelling of one's own. */
  @Test
  void namesThatNobodyHasAreSentOnlyWherePlain() {
    Store store = open(saying(OBSERVED), clock);
    for (String name :
        List.of(
            "alice+x@example.com",
            "alice*master@example.com",
            "recent:alice@example.com",
            "a@b@example.com",
            "alice\\bob@example.com",
            "example.com",
            "dörte@example.com")) {
      assertThat(refusal(store, name, OWN)).as(name).contains(RejectReason.WRONG_SHAPE);
    }
    assertThat(verify(store, "john.o-d_e2@example.com", OWN))
        .isInstanceOf(AuthOutcome.Delegate.class);
  }

  @Test
  void whoWasRemovedMeanwhileDoesNotComeBackByALoginOfBefore() {
    Store store = open(saying(OBSERVED), clock);
    Delegation first = delegation(store, "dora@example.com", OWN);
    Delegation second = delegation(store, "dora@example.com", OWN);
    var _ = taken(first);
    store.users().remove("dora@example.com", TestConfig.ACTOR);
    var _ = taken(second);
    assertThat(store.users().find("dora@example.com")).isEmpty();
    assertThat(standing(store, second.grant()))
        .isEqualTo(new Standing.Ended(RejectReason.UNKNOWN_USER));
    Delegation again = delegation(store, "dora@example.com", OWN);
    assertThat(taken(again).outcome()).isInstanceOf(AuthOutcome.Accepted.class);
    assertThat(store.users().find("dora@example.com")).isPresent();
  }

  @Test
  void theRightOneIsNoGuessAndOpensNetworks() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    settle(store);
    for (int i = 0; i < 200; i++) {
      var _ = taken(delegation(store, attempt(ALICE, "10.0." + i + ".1", OWN)));
    }
    for (int i = 0; i < 200; i++) {
      AuthOutcome _ =
          verify(store, attempt(ALICE, "10.1." + i + ".1", "Guess!" + i))
                  instanceof AuthOutcome.Delegate(Delegation delegation)
              ? delegation.refused()
              : new AuthOutcome.Unavailable(AuthOutcome.Trouble.OVERLOADED);
    }
    assertThat(verify(store, attempt(ALICE, "10.2.0.1", OWN)))
        .isInstanceOf(AuthOutcome.Throttled.class);
    assertThat(verify(store, attempt(ALICE, "10.0.7.1", OWN)))
        .as("from where the user was seen before")
        .isInstanceOf(AuthOutcome.Delegate.class);
  }

  @Test
  void whatNobodyAnsweredCostsTheOwnerNothing() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    for (int i = 0; i < 200; i++) {
      delegation(store, attempt(ALICE, "10.0." + i + ".1", OWN)).unanswered();
    }
  }

  // ---- notices

  @Test
  void oneClientADayIsToldInEachProtocolOnWhicheverNode() {
    Store here = open(saying(WARNED), clock);
    Store there = open(saying(WARNED), clock);
    add(here, ALICE);
    assertThat(taken(delegation(here, ALICE, OWN)).isNoticeDue()).isTrue();
    assertThat(taken(delegation(here, ALICE, OWN)).isNoticeDue()).isFalse();
    assertThat(taken(delegation(there, ALICE, OWN)).isNoticeDue()).isFalse();
    clock.advance(Duration.ofDays(1));
    Store later = open(saying(WARNED), clock);
    assertThat(taken(delegation(later, ALICE, OWN)).isNoticeDue()).isTrue();
  }

  @Test
  void aNewcomerIsToldToo() {
    Store store = open(saying(WARNED), clock);
    assertThat(taken(delegation(store, "dora@example.com", OWN)).isNoticeDue()).isTrue();
    store.users().remove("dora@example.com", TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM own_password_notices")).isZero();
  }

  // ---- sessions that are open

  @Test
  void sessionsEndWithTheirReason() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    Grant grant = delegation(store, ALICE, OWN).grant();
    assertThat(standing(store, grant)).isInstanceOf(Standing.Holds.class);
    List<Object> heard = new ArrayList<>();
    store.onUserChanged(heard::add);
    store.reload(saying(WARNED));
    assertThat(standing(store, grant)).isInstanceOf(Standing.Holds.class);
    await().untilAsserted(() -> assertThat(heard).isNotEmpty());
    store.reload(saying(PassThrough.NONE));
    assertThat(standing(store, grant)).isEqualTo(new Standing.Ended(RejectReason.WRONG_SHAPE));
    store.reload(saying(OBSERVED));
    var _ = store.users().disable(ALICE, "gone", TestConfig.ACTOR);
    assertThat(standing(store, grant)).isEqualTo(new Standing.Ended(RejectReason.USER_DISABLED));
  }

  // ---- the outcome itself

  @Test
  void theSecretOfTheAttemptIsGoneAndTheCopyIsTheHolders() {
    Store store = open(saying(OBSERVED), clock);
    add(store, ALICE);
    Secret typed = Secret.ofText(OWN);
    Delegation delegation = delegation(store, attempt(ALICE, "10.0.0.1", typed));
    assertThatThrownBy(() -> typed.expose(bytes -> bytes.length))
        .isInstanceOf(IllegalStateException.class);
    assertThat(text(delegation.secret())).isEqualTo(OWN);
  }

  // ---- what the tests share

  private StoreConfig saying(PassThrough passThrough) {
    StoreConfig base = TestConfig.of(database);
    return new StoreConfig(
        database,
        base.pepper(),
        base.sealingKeys(),
        base.integrityKeys(),
        base.appPasswords(),
        base.databaseGrace(),
        base.audit(),
        base.names(),
        new StoreConfig.GuardRules(
            ThrottleRules.DEFAULT, List.of(), List.of(), Optional.empty(), passThrough));
  }

  private static void inGroup(Store store, String name, String group) {
    var _ = store.users().edit(name, UserEdit.NONE.withGroup(Optional.of(group)), TestConfig.ACTOR);
  }

  private static Attempt attempt(String name, String peer, String secret) {
    return attempt(name, peer, Secret.ofText(secret));
  }

  private static Attempt attempt(String name, String peer, Secret secret) {
    return new Attempt(
        name,
        secret,
        Scope.IMAP,
        Protection.TLS_1_3,
        "plain",
        InetAddress.ofLiteral(peer),
        "Thunderbird");
  }

  private static AuthOutcome verify(Store store, Attempt attempt) {
    return store.verifier().verify(attempt).toCompletableFuture().join();
  }

  private static AuthOutcome verify(Store store, String name, String secret) {
    return verify(store, attempt(name, "192.0.2.1", secret));
  }

  private static Optional<RejectReason> refusal(Store store, String name, String secret) {
    return switch (verify(store, name, secret)) {
      case AuthOutcome.Accepted _ -> Optional.empty();
      case AuthOutcome.Delegate _ -> throw new AssertionError("the upstream is to be asked");
      case AuthOutcome.Rejected(RejectReason reason) -> Optional.of(reason);
      case AuthOutcome.Throttled(RejectReason reason, _, _) -> Optional.of(reason);
      case AuthOutcome.Unavailable(AuthOutcome.Trouble trouble) ->
          throw new AssertionError("unavailable: " + trouble);
    };
  }

  private static Delegation delegation(Store store, String name, String secret) {
    return delegation(store, attempt(name, "192.0.2.1", secret));
  }

  private static Delegation delegation(Store store, Attempt attempt) {
    AuthOutcome outcome = verify(store, attempt);
    assertThat(outcome).isInstanceOf(AuthOutcome.Delegate.class);
    return ((AuthOutcome.Delegate) outcome).delegation();
  }

  private static Delegation.Taken taken(Delegation delegation) {
    return delegation.taken().toCompletableFuture().join();
  }

  private static AuthOutcome accepted(Store store, String name) {
    return new AuthOutcome.Accepted(delegation(store, name, OWN).grant());
  }

  private static Standing standing(Store store, Grant grant) {
    return store.verifier().recheck(grant).toCompletableFuture().join();
  }

  private SignIns.Entry onlyEntry(Store store) {
    return await()
        .until(
            () -> store.signIns().list(SignIns.Query.ALL, Optional.empty(), 10),
            entries -> entries.size() == 1)
        .getFirst();
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }
}
