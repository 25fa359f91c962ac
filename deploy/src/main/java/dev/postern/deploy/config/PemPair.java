package dev.postern.deploy.config;

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
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** Looks into the files of a certificate and its key. */
final class PemPair {
  private static final byte[] SAMPLE = {1, 2, 3, 4};

  private PemPair() {}

  /** The server's own certificate, which comes first. */
  static X509Certificate certificate(Path file) throws BadValue {
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
    throw new BadValue(
        file + " holds no certificate", "write PEM: the server's certificate, then its chain");
  }

  /** Makes sure that the key is the certificate's. */
  static void checkKey(CertificateFiles files, X509Certificate own) throws BadValue {
    if (!isPair(own.getPublicKey(), privateKey(files.privateKey()))) {
      throw new BadValue(
          files.privateKey() + " is not the key of the first certificate in " + files.certificate(),
          "put the server's own certificate first, or name its key");
    }
  }

  private static PrivateKey privateKey(Path file) throws BadValue {
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
    throw new BadValue(
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
