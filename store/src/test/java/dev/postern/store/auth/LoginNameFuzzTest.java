package dev.postern.store.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any text where a login name should be: it has one spelling, fit for a line of a log, or none. */
class LoginNameFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/name.dict")
  @FuzzTest
  void normalisesOnce(byte[] input) {
    LoginName.parse(new String(input, UTF_8))
        .ifPresent(name -> {
          assertThat(LoginName.parse(name.value())).contains(name);
          assertThat(name.value()).hasSizeBetween(1, LoginName.LONGEST);
          assertThat(name.value().codePoints()).noneMatch(Character::isISOControl);
          if (name.fitsAppPassword()) {
            assertThat(name.value()).hasSizeBetween(1, LoginName.LONGEST_OWN).doesNotContain("@");
          }
          if (name.fitsUser()) {
            assertThat(name.value()).doesNotEndWith("@").doesNotContain(" ");
          }
        });
  }
}
