package dev.postern.store.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Optional;

/** Any bytes where an app password should be: they stand for one, however grouped, or for none. */
class AppPasswordShapeFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/entry.dict")
  @FuzzTest
  void readsAnyEntry(byte[] input) {
    Secret entered = Secret.copyOf(input);
    Optional<Secret> read = AppPasswordShape.read(entered);
    assertThat(AppPasswordShape.fits(entered)).isEqualTo(read.isPresent());
    assertThat(entered.matches(Secret.copyOf(input))).as("the entry stays as it is").isTrue();
    boolean isLike = AppPasswordLikeness.isIn(entered);
    if (read.isPresent()) {
      assertThat(isLike).as("what is read never goes to anybody else").isTrue();
      String symbols = read.get().expose(bytes -> new String(bytes, US_ASCII));
      assertThat(symbols)
          .matches(
              "["
                  + AppPasswordShape.ALPHABET
                  + "]{"
                  + AppPasswordShape.SHORTEST
                  + ","
                  + AppPasswordShape.LONGEST
                  + "}");
      assertThat(AppPasswordShape.read(read.get()).orElseThrow().matches(read.get())).isTrue();
      Secret grouped = AppPasswordShape.grouped(read.get());
      assertThat(AppPasswordShape.read(grouped).orElseThrow().matches(read.get())).isTrue();
    }
  }
}
