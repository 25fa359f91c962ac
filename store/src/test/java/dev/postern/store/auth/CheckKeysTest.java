package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.StoredSecret.Imported;
import java.security.SecureRandom;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class CheckKeysTest {
  private static final String ID = "00112233445566778899aabbccddeeff";
  private static final String OTHER_FIRST_HALF = "ff112233445566778899aabbccddeeff";
  private static final String OTHER_SECOND_HALF = "00112233445566778899aabbccddee00";

  private final CheckKeys keys = new CheckKeys(new SecureRandom());

  @Test
  void namesTheSameCheckTheSame() {
    assertThat(key(keys, ID, "secret")).isEqualTo(key(keys, ID, "secret"));
  }

  @Test
  void namesAnotherUserOrSecretDifferently() {
    assertThat(key(keys, ID, "secret"))
        .isNotEqualTo(key(keys, OTHER_FIRST_HALF, "secret"))
        .isNotEqualTo(key(keys, OTHER_SECOND_HALF, "secret"))
        .isNotEqualTo(key(keys, ID, "secreT"));
  }

  @Test
  void twoProcessesHaveNoNameInCommon() {
    CheckKeys elsewhere = new CheckKeys(new SecureRandom());
    assertThat(key(keys, ID, "secret")).isNotEqualTo(key(elsewhere, ID, "secret"));
  }

  @Test
  void doesNotPrintAName() {
    assertThat(key(keys, ID, "secret")).hasToString("Key[***]");
  }

  private static CheckKeys.Key key(CheckKeys keys, String userId, String secret) {
    CachedUser user = CachedUsers.of(userId, new Imported("x"));
    return keys.of(user, new BitSet(), true, Secret.ofText(secret));
  }
}
