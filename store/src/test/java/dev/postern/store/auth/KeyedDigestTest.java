package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

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

  /** Written out a second time, so that a change of the message is a change of this test. */
  @Test
  void isAnHmacOverLabelUserAndSecretEachWithItsLength()
      throws GeneralSecurityException, IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(message);
    out.writeInt(22);
    out.write("postern app-password 1".getBytes(StandardCharsets.US_ASCII));
    out.writeInt(16);
    out.write(HexFormat.of().parseHex(ALICE));
    out.writeInt(16);
    out.write("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(
        TestConfig.key("p1", 1).bytes().expose(bytes -> new SecretKeySpec(bytes, "HmacSHA256")));

    assertThat(old.store(ALICE, Secret.ofText("0123456789abcdef")))
        .isEqualTo(new StoredSecret.Keyed("p1", mac.doFinal(message.toByteArray())));
  }

  @Test
  void storesUnderTheNewestPepperAndMatchesUnderAll() {
    Secret secret = Secret.ofText("0123456789abcdef");
    StoredSecret.Keyed before = old.store(ALICE, secret);
    StoredSecret.Keyed after = both.store(ALICE, secret);
    assertThat(before.keyId()).isEqualTo("p1");
    assertThat(after.keyId()).isEqualTo("p2");
    assertThat(both.of(ALICE, secret).match(before)).isTrue();
    assertThat(both.of(ALICE, secret).match(after)).isTrue();
    assertThat(old.of(ALICE, secret).match(after)).isFalse();
  }

  @Test
  void bindsTheSecretToTheUser() {
    Secret secret = Secret.ofText("0123456789abcdef");
    StoredSecret.Keyed alices = old.store(ALICE, secret);
    assertThat(old.of(BOB, secret).match(alices)).isFalse();
    assertThat(old.of(ALICE, Secret.ofText("0123456789abcdeg")).match(alices)).isFalse();
  }

  @Test
  void tellsAZeroAtTheEndFromNone() {
    StoredSecret.Keyed stored = old.store(ALICE, Secret.ofText("0123456789abcdef"));
    assertThat(old.of(ALICE, Secret.ofText("0123456789abcdef\0")).match(stored)).isFalse();
  }
}
