package dev.postern.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {
  @ParameterizedTest
  @EnumSource(Channel.class)
  void isReadBackFromItsWord(Channel channel) {
    assertThat(Channel.of(channel.word())).isEqualTo(channel);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "CLI", "carrier-pigeon"})
  void readsAWordThatNobodyKnowsAsAnother(String word) {
    assertThat(Channel.of(word)).isEqualTo(Channel.OTHER);
  }
}
