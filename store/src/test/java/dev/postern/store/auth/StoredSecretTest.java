package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredSecretTest {
  private static final byte[] TAG = new byte[32];

  static {
    for (int i = 0; i < TAG.length; i++) {
      TAG[i] = (byte) (255 - i);
    }
  }

  @Test
  void readsWhatItPrints() {
    StoredSecret stored = new StoredSecret.Keyed("p-2026", TAG);
    String text = stored.print();
    assertThat(text)
        .isEqualTo(
            "$postern-hmac-sha256$k=p-2026$"
                + Base64.getEncoder().withoutPadding().encodeToString(TAG));
    assertThat(StoredSecret.parse(text)).contains(stored);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "$postern-hmac-sha256$k=p$",
        "$postern-hmac-sha256$k=p$AAAA",
        "$postern-hmac-sha256$k=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$postern-hmac-sha256$k=a b$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$postern-hmac-sha256$k=p$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "$postern-hmac-sha256$k=p$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "$postern-hmac-sha512$k=p$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        "{PLAIN}secret"
      })
  void knowsNoOtherForm(String text) {
    assertThat(StoredSecret.parse(text)).isEmpty();
  }

  @Test
  void neverPrintsTheTagByAccident() {
    assertThat(new StoredSecret.Keyed("p1", TAG)).hasToString("Keyed[p1]");
  }

  @Test
  void refusesATagOfAnotherLength() {
    assertThatThrownBy(() -> new StoredSecret.Keyed("p1", new byte[31]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
