package dev.postern.deploy.peers;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * One IMAP login over TLS, for tests that need many in little time.
 *
 * @param reply the tagged line
 */
record ImapLogin(Socket socket, BufferedReader lines, String reply) implements AutoCloseable {

  static ImapLogin attempt(PeerCertificates certificates, int port, Account account) {
    try {
      Socket socket = trusting(certificates).getSocketFactory().createSocket("localhost", port);
      socket.setSoTimeout(30_000);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String command = "a LOGIN " + account.user() + " " + account.password() + "\r\n";
      socket.getOutputStream().write(command.getBytes(StandardCharsets.US_ASCII));
      String line = lines.readLine();
      while (line != null && !line.startsWith("a ")) {
        line = lines.readLine();
      }
      return new ImapLogin(socket, lines, String.valueOf(line));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  boolean isAccepted() {
    return reply.startsWith("a OK");
  }

  /** Waits, for at most thirty seconds, until the server ends the session. */
  void awaitEnd() throws IOException {
    String line = lines.readLine();
    while (line != null) {
      line = lines.readLine();
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static SSLContext trusting(PeerCertificates certificates) {
    try (InputStream pem = Files.newInputStream(certificates.ca())) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null);
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
