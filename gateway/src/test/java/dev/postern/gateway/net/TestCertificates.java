package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A CA of our own and certificates from it, as files and as TLS contexts of the JDK. */
public final class TestCertificates {
  private final KeyPair caKeys;
  private final X509Certificate caCertificate;

  /** A new CA. */
  public TestCertificates() {
    try {
      caKeys = newKeys();
      caCertificate = sign("Test CA", caKeys, caKeys.getPrivate(), "Test CA", null);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A certificate with its key. */
  public record Issued(X509Certificate certificate, PrivateKey key) {

    /** Files in {@code folder}. */
    public CertificateFiles write(Path folder) {
      return new CertificateFiles(
          writePem(folder.resolve("cert.pem"), certificate),
          writePem(folder.resolve("key.pem"), key));
    }

    /** For a server that is a socket of the JDK. */
    public SSLContext serverContext() {
      return serverContext(null);
    }

    private SSLContext serverContext(TrustManager @Nullable [] trusted) {
      try {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("it", key, new char[0], new X509Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trusted, null);
        return context;
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** For a server that believes clients with a certificate of this CA. */
  public SSLContext serverContext(Issued own) {
    try {
      return own.serverContext(trusted());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A certificate for these names.
   *
   * @param names DNS names, and IP addresses where they are literals
   */
  public Issued issue(String... names) {
    try {
      return issue(newKeys(), names);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same with an RSA key, as old devices want it. */
  public Issued issueRsa(String... names) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return issue(generator.generateKeyPair(), names);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Another certificate for the key of one. */
  public Issued renewed(Issued old, String... names) {
    return issue(new KeyPair(old.certificate().getPublicKey(), old.key()), names);
  }

  /** The same with a key of another kind. */
  public Issued issue(KeyPair keys, String... names) {
    try {
      GeneralName[] all = new GeneralName[names.length];
      for (int i = 0; i < names.length; i++) {
        boolean isAddress = names[i].matches("[0-9.]+|.*:.*");
        all[i] = new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, names[i]);
      }
      return new Issued(
          sign(names[0], keys, caKeys.getPrivate(), "Test CA", new GeneralNames(all)),
          keys.getPrivate());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The CA's certificate as a file. */
  public Path writeCa(Path folder) {
    return writePem(folder.resolve("ca.pem"), caCertificate);
  }

  /** For a client that trusts this CA. */
  public SSLContext clientContext() {
    return clientContext("TLS");
  }

  /**
   * The same for a client of a certain age.
   *
   * @param newest such as {@code TLSv1.2}
   */
  public SSLContext clientContext(String newest) {
    try {
      SSLContext context = SSLContext.getInstance(newest);
      context.init(null, trusted(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private TrustManager[] trusted() throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", caCertificate);
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted);
    return managers.getTrustManagers();
  }

  private static KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509Certificate sign(
      String subject,
      KeyPair keys,
      PrivateKey issuerKey,
      String issuer,
      @Nullable GeneralNames names)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Principal("CN=" + issuer),
            BigInteger.valueOf(now.toEpochMilli()),
            Date.from(now.minus(Duration.ofHours(1))),
            Date.from(now.plus(Duration.ofDays(1))),
            new X500Principal("CN=" + subject),
            keys.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(names == null));
    if (names != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, names);
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey)));
  }

  private static Path writePem(Path file, Object what) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(
          what instanceof PrivateKey key ? new JcaPKCS8Generator(key, null).generate() : what);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    try {
      return Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
