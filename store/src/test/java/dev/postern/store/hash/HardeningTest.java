package dev.postern.store.hash;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.StoredSecret.Hardened;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.junit.jupiter.api.Test;

class HardeningTest {
  private static final String ALICE = "00112233445566778899aabbccddeeff";
  private static final String BOB = "ff112233445566778899aabbccddeeff";

  private final Workspace workspace = new Workspace();
  private final Secret secret = Secret.ofText("0123456789abcdef");
  private final StoreConfig.Key p1 = key("p1", 1);
  private final StoreConfig.Key p2 = key("p2", 2);
  private final Hardening old = new Hardening(List.of(p1), () -> "p1", new SecureRandom());
  private final Hardening both = new Hardening(List.of(p1, p2), () -> "p2", new SecureRandom());

  /** RFC 9106 §5.3. */
  @Test
  void computesTheVectorOfTheRfcInAWorkspace() {
    for (int i = 0; i < 2; i++) { // fresh memory, then used
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(
          new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
              .withVersion(Argon2Parameters.ARGON2_VERSION_13)
              .withMemoryAsKB(32)
              .withIterations(3)
              .withParallelism(4)
              .withSalt(filled(16, 2))
              .withSecret(filled(8, 3))
              .withAdditional(filled(12, 4))
              .withBlockPool(workspace.blocks())
              .build());
      byte[] tag = new byte[32];
      generator.generateBytes(filled(32, 1), tag);
      assertThat(tag)
          .isEqualTo(
              HexFormat.of()
                  .parseHex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
    }
  }

  @Test
  void knowsTheSecretOfThatUserAlone() {
    Hardened stored = both.store(ALICE, secret, workspace);

    assertThat(both.matches(stored, ALICE, secret, workspace)).isTrue();
    assertThat(both.matches(stored, BOB, secret, workspace)).isFalse();
    assertThat(both.matches(stored, ALICE, Secret.ofText("0123456789abcdeg"), workspace)).isFalse();
    assertThat(StoredSecret.parse(stored.print())).contains(stored);
  }

  @Test
  void checksUnderOlderPeppersAndNeverWithoutThem() {
    Hardened stored = old.store(ALICE, secret, workspace);

    assertThat(both.matches(stored, ALICE, secret, workspace)).isTrue();
    assertThat(both.isCurrent(stored)).isFalse();
    assertThat(old.isCurrent(stored)).isTrue();
    Hardening withoutOld = new Hardening(List.of(p2), () -> "p2", new SecureRandom());
    assertThat(withoutOld.matches(stored, ALICE, secret, workspace)).isFalse();
    StoreConfig.Key impostor = key("p1", 3);
    assertThat(
            new Hardening(List.of(impostor), impostor::id, new SecureRandom())
                .matches(stored, ALICE, secret, workspace))
        .isFalse();
  }

  @Test
  void storesUnderThePepperThatIsActiveNow() {
    AtomicReference<String> active = new AtomicReference<>("p1");
    Hardening hardening = new Hardening(List.of(p1, p2), active::get, new SecureRandom());
    Hardened before = hardening.store(ALICE, secret, workspace);
    active.set("p2");
    Hardened after = hardening.store(ALICE, secret, workspace);

    assertThat(before.keyId()).isEqualTo("p1");
    assertThat(after.keyId()).isEqualTo("p2");
    assertThat(hardening.isCurrent(before)).isFalse();
    Selectors.Selection selection = new Selectors(List.of(p1, p2)).of(ALICE, secret);
    assertThat(selection.picks(before)).isTrue();
    assertThat(selection.picks(after)).isTrue();
  }

  @Test
  void saltsEachAnew() {
    Hardened one = both.store(ALICE, secret, workspace);
    Hardened other = both.store(ALICE, secret, workspace);
    assertThat(one.salt()).isNotEqualTo(other.salt());
    assertThat(one.selector()).isEqualTo(other.selector());
  }

  @Test
  void selectsByTwelveBitsOfAKeyedDigestOverUserAndSecret()
      throws IOException, GeneralSecurityException {
    Hardened stored = both.store(ALICE, secret, workspace);

    ByteArrayOutputStream message = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(message)) {
      for (byte[] part :
          List.of(
              "postern app-password selector 1".getBytes(StandardCharsets.US_ASCII),
              HexFormat.of().parseHex(ALICE),
              "0123456789abcdef".getBytes(StandardCharsets.US_ASCII))) {
        out.writeInt(part.length);
        out.write(part);
      }
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(filled(32, 2), "HmacSHA256"));
    String first12Bits =
        HexFormat.of().formatHex(mac.doFinal(message.toByteArray())).substring(0, 3);
    assertThat(stored.selector()).isEqualTo(HexFormat.fromHexDigits(first12Bits));

    Selectors selectors = new Selectors(List.of(p1, p2));
    assertThat(selectors.of(ALICE, secret).picks(stored)).isTrue();
    assertThat(selectors.of(BOB, secret).picks(stored)).isFalse();
    assertThat(selectors.of(ALICE, Secret.ofText("0123456789abcdeg")).picks(stored)).isFalse();
    assertThat(new Selectors(List.of(p1)).of(ALICE, secret).picks(stored)).isFalse();
  }

  @Test
  void picksAboutOneInFourThousandWrongSecrets() {
    Selectors selectors = new Selectors(List.of(p2));
    Hardened stored = both.store(ALICE, secret, workspace);
    int picked = 0;
    for (int i = 0; i < 40_960; i++) {
      if (selectors.of(ALICE, Secret.ofText("wrong-" + i)).picks(stored)) {
        picked++;
      }
    }
    // Ten are to be expected; the keys are fixed, so the number is too.
    assertThat(picked).isBetween(2, 25);
  }

  @Test
  void allocatesNextToNothingForASecondHash() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Hardened stored = both.store(ALICE, secret, workspace);
    both.matches(stored, ALICE, secret, workspace);
    long before = threads.getCurrentThreadAllocatedBytes();
    both.matches(stored, ALICE, secret, workspace);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(150_000);
  }

  @Test
  void keepsNoMoreMemoryThanAUsualHashNeeds() {
    SlowHash costly =
        ((SlowHash.Parsed.Known)
                SlowHash.parse("$argon2id$v=19$m=40000,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"))
            .hash();
    costly.matches(secret, workspace);
    assertThat(workspace.retained()).isEqualTo(Workspace.KEPT);
  }

  private static StoreConfig.Key key(String id, int value) {
    return new StoreConfig.Key(id, Secret.owning(filled(32, value)));
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
