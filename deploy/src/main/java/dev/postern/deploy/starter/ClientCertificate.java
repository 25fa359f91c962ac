package dev.postern.deploy.starter;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate by which a provider of access tokens knows us: signed by itself, for an RSA key, as
 * Microsoft wants it.
 *
 * @param certificate PEM, to be uploaded to the provider
 * @param privateKey PEM, PKCS #8
 */
record ClientCertificate(String certificate, String privateKey) {
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);
  private static final int KEY_BITS = 3072;
  private static final int SERIAL_BITS = 120;

  /** Makes one, valid for {@code validity} from now. */
  static ClientCertificate make(Instant now, Duration validity, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(KEY_BITS, random);
      KeyPair keys = generator.generateKeyPair();
      X500Name name = new X500Name("CN=Postern");
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(now.plus(validity)),
              name,
              keys.getPublic());
      return new ClientCertificate(
          pem(
              new JcaX509CertificateConverter()
                  .getCertificate(
                      builder.build(
                          new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate())))),
          pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
    } catch (GeneralSecurityException | OperatorCreationException | IOException impossible) {
      throw new IllegalStateException("this Java cannot make a certificate", impossible);
    }
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return "ClientCertificate[***]";
  }
}
