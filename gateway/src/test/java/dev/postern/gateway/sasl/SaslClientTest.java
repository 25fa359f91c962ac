package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.store.auth.Secret;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SaslClientTest {

  @Test
  void prefersPlainWithItsOneMessage() {
    SaslClient client = choose(credentials("alice", "svc", "pw"), "LOGIN", "plain");
    assertThat(client.mechanism()).isEqualTo("PLAIN");
    assertThat(text(client.initialResponse())).contains("alice\0svc\0pw");
    assertThat(client.respond()).isEmpty();
  }

  @Test
  void givesPlainsMessageOnChallengeToo() {
    SaslClient client = choose(credentials("", "j\u00fcrgen", "gr\u00fc\u00dfe"), "PLAIN");
    assertThat(text(client.respond())).contains("\0j\u00fcrgen\0gr\u00fc\u00dfe");
    assertThat(client.respond()).isEmpty();
    assertThat(client.initialResponse()).isEmpty();
  }

  @Test
  void speaksLoginWherePlainIsNotOffered() {
    SaslClient client = choose(credentials("", "alice", "pw"), "CRAM-MD5", "LOGIN");
    assertThat(client.mechanism()).isEqualTo("LOGIN");
    assertThat(client.initialResponse()).isEmpty();
    assertThat(text(client.respond())).contains("alice");
    assertThat(text(client.respond())).contains("pw");
    assertThat(client.respond()).isEmpty();
  }

  @Test
  void actsForSomebodyByPlainAlone() {
    assertThat(SaslClient.choose(List.of("LOGIN"), credentials("alice", "svc", "pw"))).isEmpty();
    assertThat(SaslClient.plainLogin(credentials("alice", "svc", "pw"))).isEmpty();
    assertThat(SaslClient.plainLogin(credentials("", "svc", "pw"))).isPresent();
  }

  @Test
  void carriesNoNul() {
    List<String> both = List.of("PLAIN", "LOGIN");
    assertThat(SaslClient.choose(both, credentials("a\0b", "svc", "pw"))).isEmpty();
    assertThat(SaslClient.choose(both, credentials("", "s\0c", "pw"))).isEmpty();
    assertThat(SaslClient.choose(both, credentials("", "svc", "p\0w"))).isEmpty();
    assertThat(SaslClient.plainLogin(credentials("", "svc", "p\0w"))).isEmpty();
  }

  @Test
  void choosesNothingFromNothing() {
    assertThat(SaslClient.choose(List.of("XOAUTH2"), credentials("", "svc", "pw"))).isEmpty();
  }

  @Test
  void leavesTheCredentialsAlive() {
    UpstreamCredentials credentials = credentials("", "svc", "pw");
    choose(credentials, "PLAIN").initialResponse().orElseThrow().close();
    assertThat(credentials.secret().length()).isEqualTo(2);
    assertThat(credentials.secret().matches(Secret.ofText("pw"))).isTrue();
  }

  @Test
  void putsASecretOnALineAndWipesIt() {
    Secret secret = Secret.ofText("c2VjcmV0");
    Secret line = SecretLine.of("A1 AUTHENTICATE PLAIN ", secret, "\r\n");
    assertThat(utf8(line)).isEqualTo("A1 AUTHENTICATE PLAIN c2VjcmV0\r\n");
    assertThatThrownBy(secret::copy).isInstanceOf(IllegalStateException.class);
  }

  private static SaslClient choose(UpstreamCredentials credentials, String... announced) {
    return SaslClient.choose(List.of(announced), credentials).orElseThrow();
  }

  private static UpstreamCredentials credentials(String as, String name, String password) {
    return new UpstreamCredentials.Password(
        as.isEmpty() ? Optional.empty() : Optional.of(as), name, Secret.ofText(password));
  }

  private static Optional<String> text(Optional<Secret> base64) {
    return base64.map(
        secret -> secret.expose(bytes -> new String(Base64.getDecoder().decode(bytes), UTF_8)));
  }

  private static String utf8(Secret secret) {
    return secret.expose(bytes -> new String(bytes, UTF_8));
  }
}
