package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.net.PemFiles;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code certificate} and {@code private-key} of a section. */
final class CertificateReader {
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
    section.require("certificate", why + "name a PEM file with the certificate and its chain");
    section.require("private-key", why + "name the PEM file with the certificate's private key");
    Optional<Path> chain = section.optional("certificate", Values.readableFile(references));
    Optional<Path> key = section.optional("private-key", Values.privateFile(references));
    Optional<CertificateFiles> files =
        chain.flatMap(certificate -> key.map(secret -> new CertificateFiles(certificate, secret)));
    if (isLookedInto) {
      files.ifPresent(pair -> look(section, pair));
    }
    return files;
  }

  private void look(Section section, CertificateFiles files) {
    String key = "certificate";
    try {
      X509Certificate own = PemFiles.chain(files).getFirst();
      terms.add(
          new CertificateTerm(
              file,
              section.at(key).line(),
              section.pathOf(key),
              files.certificate(),
              own.getNotBefore().toInstant(),
              own.getNotAfter().toInstant()));
      key = "private-key";
      PemFiles.identity(files);
    } catch (GatewayException bad) {
      section.problem(key, String.valueOf(bad.getMessage()), bad.remedy());
    }
  }
}
