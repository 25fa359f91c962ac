package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.StoreConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SecretTest {
  private static final String TEXT = "0123456789abcdef0123456789abcdef";

  @Test
  void isNeverPrintedByWhatHoldsIt() {
    Secret secret = Secret.ofText(TEXT);
    assertThat(secret).hasToString("Secret[***]");
    assertThat(new StoreConfig.Key("p1", secret).toString()).doesNotContain("0123");
    assertThat(
            new Attempt(
                    "0123",
                    secret,
                    Scope.IMAP,
                    Protection.TLS_1_3,
                    "plain",
                    InetAddress.getLoopbackAddress(),
                    "x")
                .toString())
        .doesNotContain("0123");
  }

  @Test
  void comparesBytesOnlyWhenAskedTo() {
    assertThat(Secret.ofText("a")).isNotEqualTo(Secret.ofText("a"));
    assertThat(Secret.ofText("a").matches(Secret.ofText("a"))).isTrue();
    assertThat(Secret.ofText("a").matches(Secret.ofText("b"))).isFalse();
    assertThat(Secret.ofText("a").matches(Secret.ofText("ab"))).isFalse();
  }

  @Test
  void isWipedWhenClosed() {
    byte[] bytes = TEXT.getBytes(StandardCharsets.US_ASCII);
    Secret secret = Secret.owning(bytes);
    Secret copy = secret.copy();
    secret.close();
    assertThat(bytes).containsOnly(0);
    assertThatThrownBy(() -> secret.expose(lent -> lent.length))
        .isInstanceOf(IllegalStateException.class);
    assertThat(copy.matches(Secret.ofText(TEXT))).isTrue();
  }
}
