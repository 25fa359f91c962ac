package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.sasl.SaslWire.Response;
import dev.postern.store.auth.Secret;
import java.util.Base64;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SaslWireTest {

  @Test
  void readsWhatOthersEncode() {
    Random random = new Random(1);
    for (int length = 1; length < 400; length++) {
      byte[] message = new byte[length];
      random.nextBytes(message);
      assertThat(message(Base64.getEncoder().encodeToString(message))).isEqualTo(message);
    }
  }

  @Test
  void takesTheAlphabetAndNothingElse() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int place = 0; place < 4; place++) {
      Set<Integer> taken = new HashSet<>();
      for (int b = 0; b < 256; b++) {
        StringBuilder group = new StringBuilder("AAAAAAAA");
        group.setCharAt(place, (char) b);
        if (read(group.toString()) instanceof Response.Message) {
          taken.add(b);
        }
      }
      assertThat(taken).containsExactlyInAnyOrderElementsOf(alphabet.chars().boxed().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A",
        "AA",
        "AAA",
        "AAAAA",
        "A=",
        "AA=",
        "A===",
        "====",
        "==",
        "AA=A",
        "=AAA",
        "A=AA",
        "AA==AAAA",
        "AAA=AAAA",
        "AAAA====",
        "QR==",
        "QUJ=",
        "**",
        "*AAA",
        " AAAA",
        "AAAA\tAAA",
        "AAAA\r\r",
        "A AAA",
        "\"QQ==\"",
        "==="
      })
  void refusesWhatIsNotStrictBase64(String text) {
    assertThat(read(text)).isEqualTo(new Response.Garbage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"YWJj", "YWJj\r", "YWJj  ", "YWJj \r"})
  void forgivesOneCarriageReturnAndSpacesAtTheEnd(String text) {
    assertThat(message(text)).isEqualTo("abc".getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "=", "\r", " ", "= "})
  void readsNothingAsAnEmptyMessage(String text) {
    assertThat(message(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "* ", "*\r"})
  void readsAStarAsCancelling(String text) {
    assertThat(read(text)).isEqualTo(new Response.Cancel());
  }

  @Test
  void takesAsManyBytesAsAResponseMayHaveAndNoMore() {
    assertThat(message("A".repeat(SaslWire.MAX_RESPONSE))).hasSize(9216);
    assertThat(read("A".repeat(SaslWire.MAX_RESPONSE) + "AAAA")).isEqualTo(new Response.Garbage());
    assertThat(read("A".repeat(SaslWire.MAX_RESPONSE) + " ")).isEqualTo(new Response.Garbage());
  }

  @Test
  void wipesTheResponse() {
    Secret response = Secret.ofText("YWJj");
    SaslWire.read(response);
    assertThatThrownBy(() -> response.expose(bytes -> bytes.length))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void answersAnyBytes() {
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      byte[] line = new byte[random.nextInt(24)];
      random.nextBytes(line);
      assertThat(SaslWire.read(Secret.owning(line))).isNotNull();
    }
  }

  private static Response read(String text) {
    return SaslWire.read(Secret.owning(text.getBytes(ISO_8859_1)));
  }

  private static byte[] message(String text) {
    assertThat(read(text)).isInstanceOf(Response.Message.class);
    return ((Response.Message) read(text)).bytes().expose(byte[]::clone);
  }
}
