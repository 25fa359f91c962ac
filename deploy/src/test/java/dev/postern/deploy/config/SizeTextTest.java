package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTextTest {

  @ParameterizedTest
  @CsvSource({"1KB, 1000", "500MB, 500000000", "2GB, 2000000000", "999999TB, 999999000000000000"})
  void readsDecimalUnits(String text, long bytes) throws BadValue {
    assertThat(SizeText.parseOrNever(text)).hasValue(bytes);
  }

  @Test
  void neverIsNoLimit() throws BadValue {
    assertThat(SizeText.parseOrNever("never")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "5mb", "5MiB", "-5MB", "0GB", "1.5GB", "5 MB", "1234567MB"})
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> SizeText.parseOrNever(text)).isInstanceOf(BadValue.class);
  }
}
