package dev.postern.store.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Optional;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * A key of ours that signs tokens, RFC 7515: EC on P-256, or RSA of 2048 to 4096 bits. Safe for use
 * by several threads.
 */
public final class SigningKey {
  /** A signature with twice the bits takes five times as long; those of all logins take turns. */
  private static final int MOST_BITS = 4096;

  private final JWSSigner signer;
  private final JWSAlgorithm algorithm;
  private final String thumbprint;
  private final String id;

  private SigningKey(JWSSigner signer, JWSAlgorithm algorithm, String thumbprint, String id) {
    this.signer = signer;
    this.algorithm = algorithm;
    this.thumbprint = thumbprint;
    this.id = id;
  }

  /**
   * Makes one that has signed once.
   *
   * @param id what the servers call it; empty: its thumbprint
   * @throws InvalidKeyException if it is no such key, saying what it is
   */
  public static SigningKey of(PrivateKey key, Optional<String> id) throws InvalidKeyException {
    try {
      if (key instanceof RSAPrivateCrtKey rsa) {
        return ofRsa(rsa, id);
      }
      if (key instanceof ECPrivateKey ec) {
        return ofEc(ec, id);
      }
      throw new InvalidKeyException("is of the kind " + key.getAlgorithm());
    } catch (InvalidKeyException unfit) {
      throw unfit;
    } catch (JOSEException | GeneralSecurityException | RuntimeException _) {
      // What a library says of a key may quote it.
      throw new InvalidKeyException("cannot sign");
    }
  }

  private static SigningKey ofRsa(RSAPrivateCrtKey key, Optional<String> id)
      throws JOSEException, GeneralSecurityException {
    int bits = key.getModulus().bitLength();
    if (bits < SigningRules.LEAST_BITS || bits > MOST_BITS) {
      throw new InvalidKeyException(
          "is an RSA key of "
              + bits
              + " bits, and not of "
              + SigningRules.LEAST_BITS
              + " to "
              + MOST_BITS);
    }
    RSAPublicKey publicKey =
        (RSAPublicKey)
            KeyFactory.getInstance("RSA")
                .generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()));
    return tried(
        new RSASSASigner(key),
        new RSASSAVerifier(publicKey),
        JWSAlgorithm.RS256,
        new RSAKey.Builder(publicKey).build(),
        id);
  }

  private static SigningKey ofEc(ECPrivateKey key, Optional<String> id)
      throws JOSEException, GeneralSecurityException {
    SigningRules.requireCurve(key);
    ECPublicKey publicKey =
        (ECPublicKey)
            KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(point(key.getS()), key.getParams()));
    return tried(
        new ECDSASigner(key),
        new ECDSAVerifier(publicKey),
        JWSAlgorithm.ES256,
        new ECKey.Builder(Curve.P_256, publicKey).build(),
        id);
  }

  /** The public half, which a file with a private key may leave out. */
  private static ECPoint point(BigInteger secret) {
    X9ECParameters curve = CustomNamedCurves.getByName("P-256");
    var point = new FixedPointCombMultiplier().multiply(curve.getG(), secret).normalize();
    return new ECPoint(
        point.getAffineXCoord().toBigInteger(), point.getAffineYCoord().toBigInteger());
  }

  private static SigningKey tried(
      JWSSigner signer,
      JWSVerifier verifier,
      JWSAlgorithm algorithm,
      JWK publicKey,
      Optional<String> id)
      throws JOSEException, InvalidKeyException {
    String thumbprint = publicKey.computeThumbprint().toString();
    SigningKey key = new SigningKey(signer, algorithm, thumbprint, id.orElse(thumbprint));
    if (!key.signed(new JWTClaimsSet.Builder().build()).verify(verifier)) {
      throw new InvalidKeyException("cannot sign");
    }
    return key;
  }

  /** Takes 0.1 to 15 ms of computing: not for an event loop. */
  SignedJWT signed(JWTClaimsSet claims) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(id).build(), claims);
    token.sign(signer);
    return token;
  }

  /** What the servers call it. */
  public String id() {
    return id;
  }

  /** As in RFC 7518 §3.1. */
  public String algorithm() {
    return algorithm.getName();
  }

  /** Whether it is the same key, by whatever id: by the thumbprint of its public half, RFC 7638. */
  public boolean isSameKey(SigningKey other) {
    return thumbprint.equals(other.thumbprint);
  }

  @Override
  public String toString() {
    return "SigningKey[" + id + "]";
  }
}
