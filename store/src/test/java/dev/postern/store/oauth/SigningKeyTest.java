package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import dev.postern.store.testing.SigningKeys;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SigningKeyTest {
  @Test
  void isCalledByTheThumbprintOfItsPublicHalf() throws Exception {
    KeyPair ec = SigningKeys.ec("secp256r1");
    SigningKey ecKey = SigningKey.of(ec.getPrivate(), Optional.empty());
    assertThat(ecKey.id())
        .isEqualTo(
            new ECKey.Builder(Curve.P_256, (ECPublicKey) ec.getPublic())
                .build()
                .computeThumbprint()
                .toString());
    assertThat(ecKey.algorithm()).isEqualTo("ES256");

    KeyPair rsa = SigningKeys.rsa(2048);
    SigningKey rsaKey = SigningKey.of(rsa.getPrivate(), Optional.empty());
    assertThat(rsaKey.id())
        .isEqualTo(
            new RSAKey.Builder((RSAPublicKey) rsa.getPublic())
                .build()
                .computeThumbprint()
                .toString());
    assertThat(rsaKey.algorithm()).isEqualTo("RS256");
  }

  @Test
  void isTheSameKeyByAnotherId() throws Exception {
    KeyPair pair = SigningKeys.ec("secp256r1");
    SigningKey key = SigningKey.of(pair.getPrivate(), Optional.of("one"));
    assertThat(key.isSameKey(SigningKey.of(pair.getPrivate(), Optional.of("two")))).isTrue();
    assertThat(
            key.isSameKey(
                SigningKey.of(SigningKeys.ec("secp256r1").getPrivate(), Optional.of("one"))))
        .isFalse();
    assertThat(key).hasToString("SigningKey[one]");
  }

  @Test
  void assertionsAreSignedWithKeysThatProvidersCanVerifyAlone() {
    assertThatThrownBy(() ->
            new OAuthFlow.ServiceAccount(
                "a@b", SigningKeys.rsa(1024).getPrivate(), Optional.empty()))
        .hasMessage("the key is an RSA key of 1024 bits, and not of 2048 or more");
    assertThatThrownBy(() ->
            new OAuthFlow.ServiceAccount(
                "a@b", SigningKeys.ec("secp256r1").getPrivate(), Optional.empty()))
        .hasMessage("the key is of the kind EC, and not RSA");
  }

  @Test
  void whatIsWeakOrOfAnotherKindIsRefused() throws Exception {
    KeyPair edwards = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    assertRefused(SigningKeys.rsa(1024), "is an RSA key of 1024 bits, and not of 2048 to 4096");
    assertRefused(SigningKeys.ec("secp384r1"), "is an EC key on P-384");
    assertRefused(edwards, "is of the kind EdDSA");
  }

  /** Signatures of the logins of a node wait for each other. */
  @Test
  void whatSignsTooSlowlyIsRefused() {
    assertRefused(SigningKeys.rsa(4104), "is an RSA key of 4104 bits, and not of 2048 to 4096");
  }

  private static void assertRefused(KeyPair pair, String why) {
    assertThatThrownBy(() -> SigningKey.of(pair.getPrivate(), Optional.empty()))
        .isInstanceOf(InvalidKeyException.class)
        .hasMessage(why);
  }
}
