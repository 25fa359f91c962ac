package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.testing.TestConfig;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class KeyedDigestTest {
  private static final String ALICE = "00112233445566778899aabbccddeeff";
  private static final String BOB = "ffeeddccbbaa99887766554433221100";

  private final KeyedDigest old = new KeyedDigest(List.of(TestConfig.key("p1", 1)));
  private final KeyedDigest both =
      new KeyedDigest(List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2)));
  private final KeyedDigest heldBack =
      new KeyedDigest(List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2)), "p1");

  /** Written out a second time, so that a change of the message is a change of this test. */
  @Test
  void isAnHmacOverKindUserAndSecretWithItsLength() throws GeneralSecurityException, IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(message);
    out.writeByte(1);
    out.write(HexFormat.of().parseHex(ALICE));
    out.writeShort(16);
    out.write("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        TestConfig.key("p1", 1).bytes().expose(bytes -> new SecretKeySpec(bytes, "HmacSHA256")));

    assertThat(message.size()).as("fits one block behind the pad").isLessThanOrEqualTo(55 - 16);
    assertThat(old.store(ALICE, Secret.ofText("0123456789abcdef")))
        .isEqualTo(new StoredSecret.Keyed("p1", mac.doFinal(message.toByteArray())));
  }

  @Test
  void storesUnderTheActivePepperAndMatchesUnderAll() {
    Secret secret = Secret.ofText("0123456789abcdef");
    StoredSecret.Keyed before = old.store(ALICE, secret);
    StoredSecret.Keyed after = both.store(ALICE, secret);
    assertThat(before.keyId()).isEqualTo("p1");
    assertThat(after.keyId()).as("the newest, if nobody says otherwise").isEqualTo("p2");
    assertThat(heldBack.store(ALICE, secret)).isEqualTo(before);
    for (KeyedDigest digest : List.of(both, heldBack)) {
      assertThat(matches(digest, ALICE, secret, before)).isTrue();
      assertThat(matches(digest, ALICE, secret, after)).isTrue();
    }
    assertThat(matches(old, ALICE, secret, after)).isFalse();
  }

  @Test
  void refusesAnActivePepperThatIsNotThere() {
    assertThatThrownBy(() -> new KeyedDigest(List.of(TestConfig.key("p1", 1)), "p2"))
        .hasMessageContaining("p2");
  }

  @Test
  void bindsTheSecretToTheUser() {
    Secret secret = Secret.ofText("0123456789abcdef");
    StoredSecret.Keyed alices = old.store(ALICE, secret);
    assertThat(matches(old, ALICE, secret, alices)).isTrue();
    assertThat(matches(old, BOB, secret, alices)).isFalse();
    assertThat(matches(old, ALICE, Secret.ofText("0123456789abcdeg"), alices)).isFalse();
  }

  @Test
  void tellsALongerSecretFromAShorterOne() {
    StoredSecret.Keyed stored = old.store(ALICE, Secret.ofText("0123456789abcdef0"));
    assertThat(matches(old, ALICE, Secret.ofText("0123456789abcdef"), stored)).isFalse();
    assertThat(matches(old, ALICE, Secret.ofText("0123456789abcdef0"), stored)).isTrue();
  }

  @Test
  void doesNotHashWhatCannotBeAnAppPassword() {
    assertThat(old.compare(CachedUsers.of(ALICE), Secret.ofText("hunter2")))
        .isEqualTo(KeyedCheck.WRONG_SHAPE);
  }

  private static boolean matches(
      KeyedDigest digest, String userId, Secret secret, StoredSecret.Keyed stored) {
    int match = digest.compare(CachedUsers.of(userId, stored), secret);
    return match >= 0 && FlatTags.number(match) == 0;
  }
}
