package dev.postern.store.oauth;

import com.nimbusds.jose.jwk.Curve;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;

/** Which keys of ours may sign what others are to believe, RFC 7518 §3.3 and §3.4. */
public final class SigningRules {
  static final int LEAST_BITS = 2048;

  private SigningRules() {}

  /**
   * Refuses what is neither RSA of 2048 bits or more nor EC on P-256.
   *
   * @throws InvalidKeyException saying what it is
   */
  public static void require(PrivateKey key) throws InvalidKeyException {
    if (key instanceof RSAKey rsa) {
      requireBits(rsa);
    } else if (key instanceof ECKey ec) {
      requireCurve(ec);
    } else {
      throw new InvalidKeyException("is of the kind " + key.getAlgorithm());
    }
  }

  /**
   * Refuses what is not RSA of 2048 bits or more.
   *
   * @throws InvalidKeyException saying what it is
   */
  public static void requireRsa(PrivateKey key) throws InvalidKeyException {
    if (!(key instanceof RSAKey rsa)) {
      throw new InvalidKeyException("is of the kind " + key.getAlgorithm() + ", and not RSA");
    }
    requireBits(rsa);
  }

  private static void requireBits(RSAKey key) throws InvalidKeyException {
    int bits = key.getModulus().bitLength();
    if (bits < LEAST_BITS) {
      throw new InvalidKeyException(
          "is an RSA key of " + bits + " bits, and not of " + LEAST_BITS + " or more");
    }
  }

  static void requireCurve(ECKey key) throws InvalidKeyException {
    Curve curve = Curve.forECParameterSpec(key.getParams());
    if (!Curve.P_256.equals(curve)) {
      throw new InvalidKeyException(
          "is an EC key on " + (curve == null ? "an uncommon curve" : curve.getName()));
    }
  }
}
