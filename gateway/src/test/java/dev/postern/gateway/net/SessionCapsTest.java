package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.Caps;
import dev.postern.gateway.net.SessionCaps.Answer;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Grant;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionCapsTest {
  private final AtomicInteger nodes = new AtomicInteger(1);
  private final Deque<Answer.Place> places = new ArrayDeque<>();
  private SessionCaps caps = caps(100, 100, 100);

  @AfterEach
  void everyPlaceIsGivenBackOnce() {
    places.forEach(Answer.Place::giveBack);
    places.forEach(Answer.Place::giveBack);
    assertThat(caps.isEmpty()).isTrue();
  }

  @Test
  void anAppPasswordHasSoManySessions() {
    caps = caps(2, 100, 100);
    assertThat(logIn("alice", "phone", "198.51.100.1")).isEmpty();
    assertThat(logIn("alice", "phone", "203.0.113.1")).isEmpty();
    assertThat(logIn("alice", "phone", "192.0.2.1"))
        .contains(ConnectionRefusal.CREDENTIAL_SESSIONS);
    assertThat(logIn("alice", "laptop", "198.51.100.1")).isEmpty();
    places.removeFirst().giveBack();
    assertThat(logIn("alice", "phone", "192.0.2.1")).isEmpty();
  }

  @Test
  void aUserHasSoManySessionsWhateverTheAppPassword() {
    caps = caps(100, 2, 100);
    assertThat(logIn("alice", "phone", "198.51.100.1")).isEmpty();
    assertThat(logIn("alice", "laptop", "203.0.113.1")).isEmpty();
    assertThat(logIn("alice", "scanner", "192.0.2.1")).contains(ConnectionRefusal.USER_SESSIONS);
    assertThat(logIn("bob", "phone", "198.51.100.1")).isEmpty();
    places.removeFirst().giveBack();
    assertThat(logIn("alice", "scanner", "192.0.2.1")).isEmpty();
  }

  @Test
  void aUserHasSoManySessionsFromOneNetwork() {
    caps = caps(100, 100, 2);
    assertThat(logIn("alice", "phone", "198.51.100.1")).isEmpty();
    assertThat(logIn("alice", "laptop", "198.51.100.2")).isEmpty();
    assertThat(logIn("alice", "phone", "198.51.100.3"))
        .contains(ConnectionRefusal.USER_NETWORK_SESSIONS);
    assertThat(logIn("alice", "phone", "203.0.113.1")).isEmpty();
    assertThat(logIn("bob", "phone", "198.51.100.1")).isEmpty();
  }

  @Test
  void webmailIsNoNetworkOfAUser() {
    caps = caps(100, 100, 1);
    assertThat(logIn("alice", "webmail", "192.0.2.10")).isEmpty();
    assertThat(logIn("alice", "webmail", "192.0.2.10")).isEmpty();
  }

  @Test
  void aNodeKeepsToItsShare() {
    caps = caps(3, 100, 100);
    nodes.set(2);
    assertThat(logIn("alice", "phone", "198.51.100.1")).isEmpty();
    assertThat(logIn("alice", "phone", "198.51.100.1")).isEmpty();
    assertThat(logIn("alice", "phone", "198.51.100.1"))
        .contains(ConnectionRefusal.CREDENTIAL_SESSIONS);
    nodes.set(1);
    assertThat(logIn("alice", "phone", "198.51.100.1")).as("the other is gone").isEmpty();
  }

  private SessionCaps caps(int perCredential, int perUser, int perUserAndNetwork) {
    return new SessionCaps(
        new Caps(
            perCredential,
            perUser,
            perUserAndNetwork,
            OptionalInt.empty(),
            20,
            500,
            OptionalInt.empty(),
            List.of(Cidr.parse("192.0.2.10"))),
        nodes::get);
  }

  private Optional<ConnectionRefusal> logIn(String user, String appPassword, String address) {
    Grant grant =
        new Grant(user, user, appPassword, Optional.empty(), user, Map.of(), Optional.empty());
    return switch (caps.take(grant, InetAddress.ofLiteral(address))) {
      case Answer.Full(ConnectionRefusal why) -> Optional.of(why);
      case Answer.Place place -> {
        places.add(place);
        yield Optional.empty();
      }
    };
  }
}
