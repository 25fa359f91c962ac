package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that would be more than text to somebody careless, on each database. */
abstract class HostileTextContract extends StoreContract {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "o'brien",
        "x' or '1'='1",
        "x';delete from users;--",
        "x\\' or 1=1 #",
        "%",
        "_lice@example.com",
        "*@example.com",
        "%u%{user}%n",
        "${env:home}${jndi:ldap://localhost/x}",
        "{}",
        ":name",
        "?",
        "../../etc/passwd",
        "alice@../example.com"
      })
  void isNothingButAName(String name) {
    Store store = open();
    add(store, ALICE);
    Secret ofAlice = create(store, ALICE).secret();

    assertThat(refusal(store, name, ofAlice)).isPresent();
    assertThat(store.users().find(name)).isEmpty();

    try {
      add(store, name);
    } catch (RefusedException _) {
      return; // It is no name at all.
    }
    IssuedAppPassword issued = create(store, name);
    assertThat(verify(store, name, issued.secret()))
        .isInstanceOfSatisfying(
            AuthOutcome.Accepted.class,
            accepted -> assertThat(accepted.grant().upstreamUser()).isEqualTo(name));
    assertThat(refusal(store, name, ofAlice)).isPresent();
    assertThat(verify(store, ALICE, ofAlice)).isInstanceOf(AuthOutcome.Accepted.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x'; delete from app_passwords; --", "${env:HOME} {} %n", "\\'\"`"})
  void isNothingButALabel(String label) {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued =
        store.appPasswords().create(ALICE, TestConfig.spec(label), TestConfig.ACTOR);

    assertThat(store.appPasswords().find(issued.appPassword().id()))
        .isPresent()
        .map(found -> found.label())
        .contains(label);
    assertThat(verify(store, ALICE, issued.secret())).isInstanceOf(AuthOutcome.Accepted.class);
  }
}
