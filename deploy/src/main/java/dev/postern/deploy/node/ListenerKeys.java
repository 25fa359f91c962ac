package dev.postern.deploy.node;

import dev.postern.admin.HttpSecurity;
import dev.postern.admin.TlsKeys;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.net.PemFiles;
import java.util.List;

/** The keys of HTTP listeners, from files as mail listeners have them. */
final class ListenerKeys {
  private ListenerKeys() {}

  /**
   * Reads them.
   *
   * @throws GatewayException if a file cannot be used
   */
  static TlsKeys read(HttpSecurity.Tls files) {
    PemFiles.Identity identity =
        PemFiles.identity(new CertificateFiles(files.certificate(), files.privateKey()));
    return new TlsKeys(
        identity.chain(),
        identity.key(),
        files.clientCa().map(file -> PemFiles.certificates("client CA", file)).orElse(List.of()));
  }
}
