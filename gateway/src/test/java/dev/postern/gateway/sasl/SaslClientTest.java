package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;
import dev.postern.store.auth.Secret;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SaslClientTest {

  @Test
  void prefersPlainWithItsOneMessage() {
    SaslClient client = choose(credentials("alice", "svc", "pw"), "LOGIN", "plain");
    assertThat(client.mechanism()).isEqualTo("PLAIN");
    assertThat(text(client.initialResponse())).contains("alice\0svc\0pw");
    assertThat(client.respond("")).isEmpty();
  }

  @Test
  void givesPlainsMessageOnChallengeToo() {
    SaslClient client = choose(credentials("", "j\u00fcrgen", "gr\u00fc\u00dfe"), "PLAIN");
    assertThat(text(client.respond(""))).contains("\0j\u00fcrgen\0gr\u00fc\u00dfe");
    assertThat(client.respond("")).isEmpty();
    assertThat(client.initialResponse()).isEmpty();
  }

  @Test
  void speaksLoginWherePlainIsNotOffered() {
    SaslClient client = choose(credentials("", "alice", "pw"), "CRAM-MD5", "LOGIN");
    assertThat(client.mechanism()).isEqualTo("LOGIN");
    assertThat(client.initialResponse()).isEmpty();
    assertThat(text(client.respond(""))).contains("alice");
    assertThat(text(client.respond(""))).contains("pw");
    assertThat(client.respond("")).isEmpty();
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
    assertThat(credentials.secret().orElseThrow().length()).isEqualTo(2);
    assertThat(credentials.secret().orElseThrow().matches(Secret.ofText("pw"))).isTrue();
  }

  @Test
  void saysATokenInXoauth2() {
    SaslClient client = choose(bearer("al,i=ce@example.com", "t0k3n", false), "PLAIN", "xoauth2");
    assertThat(client.mechanism()).isEqualTo("XOAUTH2");
    assertThat(client.isComplete()).isFalse();
    assertThat(text(client.initialResponse()))
        .contains("user=al,i=ce@example.com\1auth=Bearer t0k3n\1\1");
    assertThat(client.isComplete()).isTrue();
    assertThat(client.initialResponse()).isEmpty();
  }

  @Test
  void saysABearerTokenInRfc7628() {
    SaslClient client = choose(bearer("j\u00fc,r=gen", "t0k3n", false), "LOGIN", "OAuthBearer");
    assertThat(client.mechanism()).isEqualTo("OAUTHBEARER");
    assertThat(text(client.respond("")))
        .contains("n,a=j\u00fc=2Cr=3Dgen,\1host=mx.example.com\1port=993\1auth=Bearer t0k3n\1\1");
    assertThat(client.isComplete()).isTrue();
    assertThat(client.initialResponse()).isEmpty();
  }

  @Test
  void prefersOauthbearerUnlessToldOtherwise() {
    assertThat(choose(bearer("alice", "t", false), "XOAUTH2", "OAUTHBEARER").mechanism())
        .isEqualTo("OAUTHBEARER");
    assertThat(choose(bearer("alice", "t", true), "OAUTHBEARER", "XOAUTH2").mechanism())
        .isEqualTo("XOAUTH2");
    assertThat(choose(bearer("alice", "t", true), "OAUTHBEARER").mechanism())
        .isEqualTo("OAUTHBEARER");
  }

  @Test
  void givesNoTokenToAMechanismForPasswords() {
    Bearer bearer = bearer("alice", "t", false);
    assertThat(SaslClient.choose(List.of("PLAIN", "LOGIN"), bearer)).isEmpty();
    assertThat(SaslClient.plainLogin(bearer)).isEmpty();
  }

  @Test
  void answersARefusedTokenWithTheMechanismsNothing() {
    SaslClient xoauth2 = choose(bearer("alice", "t0k3n", true), "XOAUTH2");
    xoauth2.initialResponse();
    assertThat(xoauth2.isRefused()).isFalse();
    assertThat(utf8(xoauth2.respond(refusal("401")).orElseThrow())).isEmpty();
    assertThat(xoauth2.isRefused()).isTrue();
    assertThat(xoauth2.isComplete()).as("no consent counts now").isFalse();
    assertThat(xoauth2.tellingStatus()).isEqualTo(", status 401");
    assertThat(xoauth2.respond(refusal("401"))).isEmpty();

    SaslClient oauthbearer = choose(bearer("alice", "t0k3n", false), "OAUTHBEARER");
    oauthbearer.initialResponse();
    assertThat(utf8(oauthbearer.respond("").orElseThrow())).isEqualTo("AQ==");
    assertThat(oauthbearer.isRefused()).isTrue();
    assertThat(oauthbearer.tellingStatus()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"t0k3n_of_alice", "0k3n_of", "my_t0k3n_of_alice_is_gone"})
  void takesNoStatusThatCouldBeTheToken(String status) {
    SaslClient client = choose(bearer("alice", "t0k3n_of_alice", false), "OAUTHBEARER");
    client.initialResponse();
    client.respond(refusal(status));
    assertThat(client.isRefused()).isTrue();
    assertThat(client.tellingStatus()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\0", "\1", "\r\n", "\t", "\u007f", "\u0085"})
  void carriesNoControlCharacterBesideAToken(String control) {
    List<String> both = List.of("OAUTHBEARER", "XOAUTH2");
    Bearer host = new Bearer("alice", Secret.ofText("t"), "mx" + control, 993, false);
    assertThat(SaslClient.choose(both, bearer("al" + control + "ice", "t", false))).isEmpty();
    assertThat(SaslClient.choose(both, bearer("alice", "t" + control, false))).isEmpty();
    assertThat(SaslClient.choose(both, host)).isEmpty();
  }

  @Test
  void carriesATokenOfUpTo16KibAndNoEmptyOne() {
    List<String> both = List.of("OAUTHBEARER", "XOAUTH2");
    assertThat(SaslClient.choose(both, bearer("alice", "t".repeat(16_384), false))).isPresent();
    assertThat(SaslClient.choose(both, bearer("alice", "t".repeat(16_385), false))).isEmpty();
    assertThat(SaslClient.choose(both, bearer("alice", "", false))).isEmpty();
    assertThat(SaslClient.choose(both, bearer("alice", "two words", false))).isEmpty();
    assertThat(SaslClient.choose(both, bearer("", "t", false))).isEmpty();
  }

  @Test
  void leavesTheTokenAlive() {
    Bearer bearer = bearer("alice", "t0k3n", false);
    choose(bearer, "XOAUTH2").initialResponse().orElseThrow().close();
    assertThat(bearer.secret().orElseThrow().matches(Secret.ofText("t0k3n"))).isTrue();
  }

  private static Bearer bearer(String mailbox, String token, boolean isXoauth2First) {
    return new Bearer(mailbox, Secret.ofText(token), "mx.example.com", 993, isXoauth2First);
  }

  private static String refusal(String status) {
    return Base64.getEncoder().encodeToString(("{\"status\":\"" + status + "\"}").getBytes(UTF_8));
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
