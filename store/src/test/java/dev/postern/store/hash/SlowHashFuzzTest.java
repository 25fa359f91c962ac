package dev.postern.store.hash;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.store.auth.Secret;
import dev.postern.store.hash.SlowHash.Parsed;

/** Any text where a hash of another system should be: what is taken has a known price. */
class SlowHashFuzzTest {
  private static final Workspace WORKSPACE = new Workspace();

  @DictionaryFile(resourcePath = "/fuzz/hash.dict")
  @FuzzTest
  void readsAnyText(byte[] input) {
    Parsed parsed = SlowHash.parse(Secret.copyOf(input));
    assertThat(SlowHash.parse(new String(input, ISO_8859_1)).getClass())
        .isEqualTo(parsed.getClass());
    if (parsed instanceof Parsed.Known(SlowHash hash)) {
      assertThat(input.length).isLessThanOrEqualTo(SlowHash.LONGEST);
      assertThat(hash.memory()).isBetween(0, (int) CryptText.MOST_MEMORY);
      switch (hash) {
        case Argon2Hash argon2 ->
            assertThat((long) argon2.memory() * argon2.passes())
                .isLessThanOrEqualTo(CryptText.MOST_MEMORY_PASSES);
        case BcryptHash bcrypt ->
            assertThat(bcrypt.cost()).isLessThanOrEqualTo(CryptText.MOST_BCRYPT_COST);
        case Pbkdf2Hash pbkdf2 ->
            assertThat((long) pbkdf2.iterations()).isLessThanOrEqualTo(CryptText.MOST_ITERATIONS);
        case ShaCryptHash _ -> {}
        case ShaHash sha -> sha.matches(Secret.ofText("x"), WORKSPACE);
      }
    }
  }
}
