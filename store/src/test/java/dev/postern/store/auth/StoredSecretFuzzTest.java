package dev.postern.store.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Optional;

/** Any text where a stored secret should be: it is read as what prints so, or not at all. */
class StoredSecretFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/stored.dict")
  @FuzzTest
  void readsAnyText(byte[] input) {
    String text = new String(input, ISO_8859_1);
    Optional<StoredSecret> read = StoredSecret.parse(text);
    if (read.isPresent()) {
      String printed = read.get().print();
      assertThat(StoredSecret.parse(printed)).isEqualTo(read);
      assertThat(printed.length()).isEqualTo(text.length());
      String kept = text.substring(text.lastIndexOf('$') + 1);
      assertThat(kept.length() >= 20 && read.get().toString().contains(kept)).isFalse();
    }
  }
}
