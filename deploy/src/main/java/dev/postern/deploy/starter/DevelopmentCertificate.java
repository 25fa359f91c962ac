package dev.postern.deploy.starter;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate for trying things out: signed by a CA of its own whose key is forgotten at once, so
 * that whoever trusts the CA file trusts this one certificate and nothing else. Good for this
 * machine's loopback names and one host name.
 *
 * @param chain PEM, the server's certificate and the CA's
 * @param privateKey PEM, PKCS #8
 * @param authority PEM, for clients to trust
 */
public record DevelopmentCertificate(String chain, String privateKey, String authority) {
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);
  private static final int SERIAL_BITS = 120;

  /** Makes one, valid for {@code validity} from now. */
  public static DevelopmentCertificate make(
      String hostName, Instant now, Duration validity, SecureRandom random) {
    try {
      Term term = new Term(Date.from(now.minus(CLOCK_SKEW)), Date.from(now.plus(validity)));
      KeyPair authorityKeys = keyPair(random);
      X500Name authorityName = name("Postern development CA");
      var authority =
          builder(authorityName, authorityName, authorityKeys, term, random)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
      JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
      authority.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          identifiers.createSubjectKeyIdentifier(authorityKeys.getPublic()));
      KeyPair serverKeys = keyPair(random);
      var server =
          builder(authorityName, name(hostName), serverKeys, term, random)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(
                  Extension.extendedKeyUsage,
                  false,
                  new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
              .addExtension(Extension.subjectAlternativeName, false, names(hostName))
              .addExtension(
                  Extension.authorityKeyIdentifier,
                  false,
                  identifiers.createAuthorityKeyIdentifier(authorityKeys.getPublic()));
      String authorityPem = sign(authority, authorityKeys);
      return new DevelopmentCertificate(
          sign(server, authorityKeys) + authorityPem,
          pem(new JcaPKCS8Generator(serverKeys.getPrivate(), null)),
          authorityPem);
    } catch (GeneralSecurityException | OperatorCreationException | IOException impossible) {
      throw new IllegalStateException("this Java cannot make a certificate", impossible);
    }
  }

  private record Term(Date start, Date end) {}

  private static KeyPair keyPair(SecureRandom random) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private static X500Name name(String commonName) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, KeyPair keys, Term term, SecureRandom random) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS),
        term.start(),
        term.end(),
        subject,
        keys.getPublic());
  }

  private static GeneralNames names(String hostName) {
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.dNSName, hostName),
          new GeneralName(GeneralName.dNSName, "localhost"),
          new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
          new GeneralName(GeneralName.iPAddress, "::1")
        });
  }

  private static String sign(X509v3CertificateBuilder builder, KeyPair issuer)
      throws OperatorCreationException, GeneralSecurityException, IOException {
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.getPrivate());
    return pem(new JcaX509CertificateConverter().getCertificate(builder.build(signer)));
  }

  private static String pem(Object object) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
