package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.guard.KnownNetworks;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From where people logged in is known after a restart, and on other nodes. */
abstract class KnownNetworksContract extends StoreContract {
  private static final InetAddress OFFICE = InetAddress.ofLiteral("198.51.100.7");
  private static final InetAddress HOME = InetAddress.ofLiteral("2001:db8:0:12::7");

  @Test
  void aNodeThatStartsKnowsWhereEverybodyWas() {
    logIn(OFFICE, "right");
    clock.advance(Duration.ofDays(20));
    try (SqlStore node = node()) {
      assertThat(node.throttle().known().isKnown(OFFICE)).isTrue();
      assertThat(node.throttle().known().isKnown(HOME)).isFalse();
    }
    clock.advance(Duration.ofDays(11));
    try (SqlStore node = node()) {
      assertThat(node.throttle().known().isKnown(OFFICE)).as("too long ago").isFalse();
    }
  }

  @Test
  void whatWasRefusedMakesNothingKnown() {
    logIn(OFFICE, "zzzzzzzzzzzzzzzz");
    try (SqlStore node = node()) {
      assertThat(node.throttle().known().isKnown(OFFICE)).isFalse();
    }
  }

  @Test
  void aNodeLearnsWhatOthersSee() {
    try (SqlStore node = node()) {
      KnownNetworks known = node.throttle().known();
      assertThat(known.isKnown(HOME)).isFalse();
      logIn(HOME, "right");
      await().atMost(Duration.ofSeconds(20)).until(() -> known.isKnown(HOME));
    }
  }

  /** By a node that could not write it for a while. */
  @Test
  void aNodeLearnsWhatIsWrittenLate() {
    try (SqlStore node = store()) {
      KnownNetworks known = node.throttle().known();
      KnownNetworksFollowing following = new KnownNetworksFollowing(node.database(), known, clock);
      following.run();
      logIn(HOME, "right");
      run("UPDATE sign_ins SET last_at = last_at - " + Duration.ofMinutes(50).toMillis());
      following.run();
      assertThat(known.isKnown(HOME)).isFalse();
      for (int i = 0; i < 60; i++) {
        following.run();
      }
      assertThat(known.isKnown(HOME)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4", "4zz", "4c0", "4c0000207ff", "6c0000207"})
  void aRowOfSomebodyElseIsPassedBy(String peer) {
    logIn(OFFICE, "right");
    logIn(HOME, "right");
    run("UPDATE sign_ins SET peer = '" + peer + "' WHERE peer LIKE '6%'");
    try (SqlStore node = node()) {
      assertThat(node.throttle().known().isKnown(OFFICE)).isTrue();
      assertThat(node.throttle().known().isKnown(HOME)).isFalse();
    }
  }

  /** At another node, which has written it down when this returns. */
  private void logIn(InetAddress peer, String typed) {
    try (SqlStore store = store()) {
      if (store.users().find(ALICE).isEmpty()) {
        var _ = store.users().add(ALICE, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
      }
      IssuedAppPassword issued = store.appPasswords().create(ALICE, phone(), TestConfig.ACTOR);
      var _ =
          store
              .verifier()
              .verify(
                  new Attempt(
                      ALICE,
                      typed.equals("right") ? issued.secret() : Secret.ofText(typed),
                      Scope.IMAP,
                      Protection.TLS_1_3,
                      "plain",
                      peer,
                      ""))
              .toCompletableFuture()
              .join();
    }
  }

  private SqlStore node() {
    SqlStore store = store();
    store.joinAsNode("test");
    return store;
  }

  private SqlStore store() {
    return SqlStore.open(
        TestConfig.of(database), true, clock, System::nanoTime, new SecureRandom());
  }
}
