package dev.postern.deploy.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A certificate authority of the test's own and one certificate by it, for {@code localhost} and
 * 127.0.0.1, made by openssl.
 *
 * @param ca what clients are told to trust
 * @param clientCertificate of ours, signed by itself, so that it is its own CA
 * @param oldCertificate for old devices, signed by itself, with an RSA key
 */
record PeerCertificates(
    Path ca,
    Path certificate,
    Path privateKey,
    Path oldCertificate,
    Path oldPrivateKey,
    Path clientCertificate,
    Path clientKey) {

  /** The CA that signs our certificate and no other. */
  Path clientCa() {
    return clientCertificate;
  }

  static PeerCertificates make(Path folder) {
    Path caKey = folder.resolve("ca.key");
    PeerCertificates made =
        new PeerCertificates(
            folder.resolve("ca.pem"),
            folder.resolve("server.pem"),
            folder.resolve("server.key"),
            folder.resolve("old.pem"),
            folder.resolve("old.key"),
            folder.resolve("client.pem"),
            folder.resolve("client.key"));
    Path request = folder.resolve("server.csr");
    Path extensions = folder.resolve("server.ext");
    try {
      Files.writeString(
          extensions,
          """
          subjectAltName=DNS:localhost,IP:127.0.0.1
          basicConstraints=CA:FALSE
          extendedKeyUsage=serverAuth
          """);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            + " -subj /CN=peers.test -keyout %s -out %s".formatted(caKey, made.ca));
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
            + " -keyout %s -out %s".formatted(made.privateKey, request));
    openssl(
        "x509 -req -in %s -CA %s -CAkey %s -CAcreateserial -days 2 -extfile %s -out %s"
            .formatted(request, made.ca, caKey, extensions, made.certificate));
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=old.localhost -keyout %s -out %s"
            .formatted(made.oldPrivateKey, made.oldCertificate));
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            + " -subj /CN=postern -keyout %s -out %s"
                .formatted(made.clientKey, made.clientCertificate));
    return made;
  }

  private static void openssl(String arguments) {
    Program.run(("openssl " + arguments).split(" ")).succeeded();
  }
}
