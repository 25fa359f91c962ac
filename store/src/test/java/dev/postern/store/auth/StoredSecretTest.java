package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.StoreConfig;
import dev.postern.store.hash.SlowHash;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Random;
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

  @Test
  void saysWhatADigestIsOver() {
    StoredSecret typed = new StoredSecret.Keyed("p1", TAG, StoredSecret.Over.TYPED);
    assertThat(typed.print()).startsWith("$postern-hmac-sha256$k=p1,o=typed$");
    assertThat(StoredSecret.parse(typed.print())).contains(typed);
    assertThat(typed).isNotEqualTo(new StoredSecret.Keyed("p1", TAG));
  }

  @Test
  void readsTheHardenedFormItPrints() {
    StoredSecret hardened = hardened(19456, 2, 1, 0xabc, TAG);
    assertThat(hardened.print())
        .isEqualTo(
            "$postern-argon2id$v=19$k=p1,m=19456,t=2,p=1,s=abc$AAAAAAAAAAAAAAAAAAAAAA$"
                + Base64.getEncoder().withoutPadding().encodeToString(TAG));
    assertThat(StoredSecret.parse(hardened.print())).contains(hardened);
    assertThat(hardened(8, 1, 1, 0, TAG).print()).contains(",s=000$");
    assertThat(hardened).isNotEqualTo(hardened(19456, 2, 1, 0xabc, new byte[32]));
    assertThat(hardened).isNotEqualTo(hardened(19456, 2, 1, 0xabd, TAG));
    assertThat(hardened).hasToString("Hardened[p1]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "m=262145,t=2,p=1,s=abc",
        "m=67108864,t=2,p=1,s=abc",
        "m=19456,t=11,p=1,s=abc",
        "m=19456,t=2,p=5,s=abc",
        "m=19456,t=0,p=1,s=abc",
        "m=7,t=2,p=1,s=abc",
        "m=19456,t=2,p=1,s=abcd",
        "m=19456,t=2,p=1,s=ab",
        "m=19456,t=2,p=1,s=ABC",
        "m=19456,t=2,p=1",
        "m=019456,t=2,p=1,s=abc",
      })
  void refusesAHardenedFormOutOfBounds(String parameters) {
    assertThat(
            StoredSecret.parse(
                "$postern-argon2id$v=19$k=p1,"
                    + parameters
                    + "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        .isEmpty();
  }

  @Test
  void anImportedHashIsSealedToItsAppPassword() {
    String userId = "00112233445566778899aabbccddeeff";
    AesGcmSecretBox box =
        new AesGcmSecretBox(
            List.of(new StoreConfig.Key("s1", Secret.owning(TAG.clone()))), new SecureRandom());
    Sealed sealed =
        box.seal(Secret.ofText("{SHA}abc"), StoredSecret.Imported.place("credential", userId));
    StoredSecret.Imported imported = new StoredSecret.Imported(sealed.text());

    assertThat(StoredSecret.parse(imported.print())).contains(imported);
    assertThat(imported).hasToString("Imported");
    Secret opened = box.open(imported.sealed("credential", userId));
    assertThat(opened.matches(Secret.ofText("{SHA}abc"))).isTrue();
    assertThatThrownBy(() -> box.open(imported.sealed("other", userId)))
        .isInstanceOf(SecretBox.SealBrokenException.class);
  }

  @Test
  void theLongestImportedHashHasRoomAndNothingLongerIsRead() {
    AesGcmSecretBox box =
        new AesGcmSecretBox(
            List.of(new StoreConfig.Key("k".repeat(32), Secret.owning(TAG.clone()))),
            new SecureRandom());
    Sealed sealed =
        box.seal(
            Secret.ofText("x".repeat(SlowHash.LONGEST)), StoredSecret.Imported.place("c", "u"));
    assertThat(StoredSecret.parse(new StoredSecret.Imported(sealed.text()).print())).isPresent();
    assertThat(StoredSecret.parse("$postern-imported$" + "A".repeat(StoredSecret.LONGEST)))
        .isEmpty();
  }

  @Test
  void neverThrowsWhateverStandsInTheDatabase() {
    List<String> forms =
        List.of(
            new StoredSecret.Keyed("p1", TAG, StoredSecret.Over.TYPED).print(),
            hardened(19456, 2, 1, 0xabc, TAG).print(),
            new StoredSecret.Imported("v1:s1:AAAA").print());
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(forms.get(i % forms.size()));
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x180));
      }
      assertThatCode(() -> StoredSecret.parse(text.toString())).doesNotThrowAnyException();
    }
  }

  private static StoredSecret hardened(
      int memory, int passes, int lanes, int selector, byte[] hash) {
    return new StoredSecret.Hardened("p1", memory, passes, lanes, selector, new byte[16], hash);
  }
}
