package dev.postern.deploy.config;

import dev.postern.deploy.config.CertificateTerm.Judge;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.net.PemFiles;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code certificate} and {@code private-key} of a section, or {@code client-certificate} and
 * {@code client-key}.
 */
final class CertificateReader {
  static final String CLIENT_CERTIFICATE = "client-certificate";
  private static final String CLIENT_KEY = "client-key";

  private final References references;
  private final Path file;
  private final boolean isLookedInto;
  private final List<CertificateTerm> terms = new ArrayList<>();

  /**
   * @param file the configuration, as it was named
   * @param isLookedInto whether the files must hold what they should; else they need only be there
   */
  CertificateReader(References references, Path file, boolean isLookedInto) {
    this.references = references;
    this.file = file;
    this.isLookedInto = isLookedInto;
  }

  /** How long those are good for that were looked into. */
  List<CertificateTerm> terms() {
    return List.copyOf(terms);
  }

  /**
   * Both files, each of which must be named; empty if one cannot be used.
   *
   * @param why said before what to do about a missing key; empty if nothing need be said
   */
  Optional<CertificateFiles> read(Section section, String why) {
    return read(section, "certificate", "private-key", why);
  }

  /** Both files of what we show to a server; empty if none is named, or one cannot be used. */
  Optional<CertificateFiles> readClient(Section section) {
    return section.has(CLIENT_CERTIFICATE) || section.has(CLIENT_KEY)
        ? read(section, CLIENT_CERTIFICATE, CLIENT_KEY, "")
        : Optional.empty();
  }

  /**
   * A file of CAs that sign what others show to us; empty if none is named, or it cannot be used.
   */
  Optional<Path> readAuthority(Section section, String key) {
    Optional<Path> named = section.optional(key, Values.readableFile(references));
    if (named.isEmpty() || !isLookedInto) {
      return named;
    }
    try {
      for (X509Certificate authority : PemFiles.certificates("client CA", named.get())) {
        note(section, key, named.get(), authority, Judge.PEER);
      }
      return named;
    } catch (GatewayException bad) {
      section.problem(key, String.valueOf(bad.getMessage()), bad.remedy());
      return Optional.empty();
    }
  }

  private Optional<CertificateFiles> read(
      Section section, String chainKey, String privateKey, String why) {
    section.require(chainKey, why + "name a PEM file with the certificate and its chain");
    section.require(privateKey, why + "name the PEM file with the certificate's private key");
    Optional<Path> chain = section.optional(chainKey, Values.readableFile(references));
    Optional<Path> key = section.optional(privateKey, Values.privateFile(references));
    Optional<CertificateFiles> files =
        chain.flatMap(certificate -> key.map(secret -> new CertificateFiles(certificate, secret)));
    if (isLookedInto) {
      files.ifPresent(pair -> look(section, chainKey, privateKey, pair));
    }
    return files;
  }

  private void look(Section section, String chainKey, String privateKey, CertificateFiles files) {
    String key = chainKey;
    try {
      X509Certificate own = PemFiles.chain(files).getFirst();
      note(section, key, files.certificate(), own, Judge.PEER);
      key = privateKey;
      PemFiles.identity(files);
    } catch (GatewayException bad) {
      section.problem(key, String.valueOf(bad.getMessage()), bad.remedy());
    }
  }

  /** One that others have looked into, by which a provider of access tokens knows us. */
  void noteShownToProvider(Section section, String key, Path certificate, X509Certificate own) {
    if (isLookedInto) {
      note(section, key, certificate, own, Judge.PROVIDER);
    }
  }

  private void note(
      Section section, String key, Path certificate, X509Certificate own, Judge judge) {
    terms.add(
        new CertificateTerm(
            file,
            section.at(key).line(),
            section.pathOf(key),
            certificate,
            own.getNotBefore().toInstant(),
            own.getNotAfter().toInstant(),
            judge));
  }
}
