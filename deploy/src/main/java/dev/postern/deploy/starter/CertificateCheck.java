package dev.postern.deploy.starter;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A certificate that could be served: it parses, its key belongs to it, and today is in its time.
 *
 * @param warning what will be wrong soon
 */
public record CertificateCheck(Optional<String> warning) {
  private static final Duration SOON = Duration.ofDays(14);
  private static final byte[] SAMPLE = {1, 2, 3, 4};

  /** A certificate that could not be served. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    private final String remedy;

    Unusable(String wrong, String remedy) {
      super(wrong);
      this.remedy = remedy;
    }

    public String wrong() {
      return String.valueOf(getMessage());
    }

    public String remedy() {
      return remedy;
    }
  }

  /** Looks at both files. */
  public static CertificateCheck of(CertificateFiles files, Instant now) throws Unusable {
    X509Certificate own = certificate(files.certificate());
    if (!isPair(own.getPublicKey(), privateKey(files.privateKey()))) {
      throw new Unusable(
          files.privateKey() + " is not the key of the first certificate in " + files.certificate(),
          "put the server's own certificate first, or name its key");
    }
    Instant end = own.getNotAfter().toInstant();
    if (now.isAfter(end)) {
      throw new Unusable(files.certificate() + " has expired at " + end, "renew it");
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw new Unusable(
          files.certificate() + " is not valid before " + own.getNotBefore().toInstant(),
          "set the clock, or wait");
    }
    return new CertificateCheck(
        now.plus(SOON).isAfter(end)
            ? Optional.of(files.certificate() + " expires at " + end + "; renew it")
            : Optional.empty());
  }

  private static X509Certificate certificate(Path file) throws Unusable {
    try (InputStream in = Files.newInputStream(file)) {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!chain.isEmpty()) {
        return chain.getFirst();
      }
    } catch (CertificateException | IOException _) {
      // Told below: these messages speak of bytes and encodings.
    }
    throw new Unusable(
        file + " holds no certificate", "write PEM: the server's certificate, then its chain");
  }

  private static PrivateKey privateKey(Path file) throws Unusable {
    try (BufferedReader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
        switch (part) {
          case PrivateKeyInfo info -> {
            return converter.getPrivateKey(info);
          }
          case PEMKeyPair pair -> {
            return converter.getPrivateKey(pair.getPrivateKeyInfo());
          }
          default -> {
            // Such as the curve's parameters that OpenSSL writes before an EC key.
          }
        }
      }
    } catch (IOException _) {
      // Told below: these messages could quote the key.
    }
    throw new Unusable(
        file + " holds no private key that can be read", "write PEM without a pass phrase");
  }

  private static boolean isPair(PublicKey publicKey, PrivateKey privateKey) {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> publicKey.getAlgorithm();
        };
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(privateKey);
      signer.update(SAMPLE);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(SAMPLE);
      return verifier.verify(signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }
}
