package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FlatTagsTest {
  private final Random random = new Random(5);
  private final List<byte[]> tags = Stream.generate(this::tag).limit(40).toList();
  private final long[] flat = FlatTags.of(tags);

  private byte[] tag() {
    byte[] tag = new byte[32];
    random.nextBytes(tag);
    return tag;
  }

  private static long[] entered(byte[]... tags) {
    long[] entered = new long[tags.length * FlatTags.LONGS];
    for (int i = 0; i < tags.length; i++) {
      FlatTags.enter(tags[i], entered, i * FlatTags.LONGS);
    }
    return entered;
  }

  @Test
  void findsEachUnderEachPepper() {
    for (int i = 0; i < tags.size(); i++) {
      assertThat(FlatTags.match(flat, entered(tags.get(i)))).isEqualTo(i);
      int match = FlatTags.match(flat, entered(tag(), tags.get(i), tag()));
      assertThat(FlatTags.number(match)).isEqualTo(i);
      assertThat(FlatTags.pepper(match)).isEqualTo(1);
      assertThat(FlatTags.tag(flat, i)).isEqualTo(tags.get(i));
    }
  }

  @Test
  void findsNothingIfAnyBitDiffers() {
    for (int bit = 0; bit < 256; bit++) {
      byte[] other = tags.get(17).clone();
      other[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(FlatTags.match(flat, entered(other))).isEqualTo(FlatTags.NONE);
    }
  }

  @Test
  void findsNothingWhereNothingIs() {
    assertThat(FlatTags.match(FlatTags.of(List.of()), entered(tag()))).isEqualTo(FlatTags.NONE);
  }

  @Test
  void findsTheLastOfTwoThatAreTheSame() {
    long[] twice = FlatTags.of(List.of(tags.get(0), tags.get(1), tags.get(0)));
    assertThat(FlatTags.match(twice, entered(tags.get(0)))).isEqualTo(2);
  }
}
