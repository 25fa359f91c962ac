package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.LoginName;
import java.nio.charset.Charset;
import java.text.Normalizer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients send for one and the same account. */
class ClientTextTest {
  private static final String ACCOUNT = "\u00e4rger@xn--bcher-kva.example";

  static Stream<Arguments> spellings() {
    return Stream.of(
            "\u00c4RGER@B\u00dcCHER.example",
            "\u00e4rger@b\u00fccher.example",
            "\u00c4rger@XN--BCHER-kva.EXAMPLE")
        .flatMap(typed ->
            Stream.of(
                Arguments.of(typed, Normalizer.Form.NFC, UTF_8),
                Arguments.of(typed, Normalizer.Form.NFD, UTF_8),
                Arguments.of(typed, Normalizer.Form.NFC, ISO_8859_1)));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void findsTheAccountInWhateverEncodingItIsSent(
      String typed, Normalizer.Form form, Charset encoding) {
    byte[] sent = Normalizer.normalize(typed, form).getBytes(encoding);

    assertThat(LoginName.parse(ClientText.decode(sent)).map(LoginName::value)).contains(ACCOUNT);
  }

  @Test
  void takesTheSameNameInTwoEncodingsForTheSame() {
    List<String> all =
        spellings()
            .map(Arguments::get)
            .map(one ->
                ClientText.decode(
                    Normalizer.normalize((String) one[0], (Normalizer.Form) one[1])
                        .getBytes((Charset) one[2])))
            .toList();
    all.forEach(one -> assertThat(ClientText.isSameName(one, ACCOUNT)).as(one).isTrue());
    assertThat(ClientText.isSameName("arger@xn--bcher-kva.example", ACCOUNT)).isFalse();
  }
}
