package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and keys in PEM files, RFC 7468. Says of every file that will not do which it is,
 * why not, and what would.
 */
public final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END");
  private static final String KEY_REMEDY =
      "give an unencrypted PKCS#8 key; openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW makes one";

  /** What a server's key may be, with a signature to try it by; BoringSSL takes no others. */
  private static final Map<String, String> KINDS =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA");

  private PemFiles() {}

  /** A chain, leaf first, and the leaf's key. */
  public record Identity(List<X509Certificate> chain, PrivateKey key) {}

  /**
   * Reads a server's certificate.
   *
   * @throws GatewayException if a file cannot be used, or the two do not belong together
   */
  public static Identity identity(CertificateFiles files) {
    List<X509Certificate> chain = chain(files);
    PublicKey publicKey = chain.getFirst().getPublicKey();
    PrivateKey key = privateKey(files.privateKey(), publicKey);
    if (!belongTogether(key, publicKey)) {
      throw new GatewayException(
          "the private key "
              + files.privateKey()
              + " is not the key of the first certificate in "
              + files.certificate(),
          "put the server's own certificate first, or name its key");
    }
    return new Identity(chain, key);
  }

  /**
   * Reads a server's certificate without its key, leaf first.
   *
   * @throws GatewayException if there is none, or one that clients do not know what to do with
   */
  public static List<X509Certificate> chain(CertificateFiles files) {
    List<X509Certificate> chain = certificates("certificate", files.certificate());
    String kind = chain.getFirst().getPublicKey().getAlgorithm();
    if (!KINDS.containsKey(kind)) {
      throw new GatewayException(
          "the certificate " + files.certificate() + " is for a key of the kind " + kind,
          "get one for an RSA or EC key: mail clients know these");
    }
    return chain;
  }

  /**
   * Reads one or more certificates.
   *
   * @param what names the file's purpose in an error
   * @throws GatewayException if there are none
   */
  public static List<X509Certificate> certificates(String what, Path file) {
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(what, file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    } catch (CertificateException e) {
      // the same as none
    }
    throw new GatewayException(
        "the " + what + " " + file + " holds no certificate",
        "write PEM: for a server its certificate, then its chain");
  }

  private static PrivateKey privateKey(Path file, PublicKey sameKind) {
    byte[] content = read("private key", file);
    Matcher pem = KEY.matcher(new String(content, StandardCharsets.ISO_8859_1));
    Arrays.fill(content, (byte) 0);
    if (!pem.find()) {
      throw new GatewayException(file + " holds no private key", KEY_REMEDY);
    }
    if (!pem.group(1).isEmpty()) {
      throw new GatewayException(
          "the private key " + file + " is of the kind " + pem.group(1) + "PRIVATE KEY",
          KEY_REMEDY);
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
      return KeyFactory.getInstance(sameKind.getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new GatewayException(
          "the private key " + file + " is not a PKCS#8 key for " + sameKind.getAlgorithm(),
          KEY_REMEDY);
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    byte[] probe = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(KINDS.get(publicKey.getAlgorithm()));
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static byte[] read(String what, Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new GatewayException(
          "cannot read the " + what + " " + file + ": " + reason(e),
          "check the path, and that the server's account may read it");
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "no such file";
      case AccessDeniedException _ -> "permission denied";
      default -> String.valueOf(e.getMessage());
    };
  }
}
