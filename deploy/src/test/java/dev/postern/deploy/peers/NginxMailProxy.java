package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A real nginx with the configuration of the archive, its addresses, files and token alone put in.
 *
 * @param imap in clear, for tests that say strange things
 */
record NginxMailProxy(PeerProcess process, Path log, int imaps, int pop3s, int smtps, int imap)
    implements AutoCloseable {
  private static final Path ARCHIVE = Path.of("src/main/assets/nginx/postern-mail.conf");

  static NginxMailProxy start(
      PeerFolder folder, PeerCertificates certificates, int authService, String token) {
    List<Integer> ports = FreePorts.take(5);
    Path home = folder.folder("nginx");
    String mail =
        text(ARCHIVE)
            .replace("127.0.0.1:9143", "127.0.0.1:" + authService)
            .replace("TOKEN", token)
            .replace("/etc/ssl/mail/fullchain.pem", certificates.certificate().toString())
            .replace("/etc/ssl/mail/privkey.pem", certificates.privateKey().toString())
            .replace("listen 993", "listen 127.0.0.1:" + ports.get(0))
            .replace("listen 995", "listen 127.0.0.1:" + ports.get(1))
            .replace("listen 465", "listen 127.0.0.1:" + ports.get(2))
            .replace("listen 587", "listen 127.0.0.1:" + ports.get(3))
            .replaceFirst(
                "\n    server \\{",
                "\n    server { listen 127.0.0.1:"
                    + ports.get(4)
                    + "; protocol imap; }\n    server {");
    Path configuration =
        folder.write(
            "nginx/nginx.conf",
            """
            load_module /usr/lib/nginx/modules/ngx_mail_module.so;
            daemon off;
            user root;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log info;
            events { worker_connections 64; }
            """
                    .formatted(home)
                + mail);
    PeerProcess process =
        PeerProcess.start(
            "nginx",
            home.resolve("printed.log"),
            List.of(
                Program.find("nginx"),
                "-e",
                home.resolve("error.log").toString(),
                "-c",
                configuration.toString()));
    return new NginxMailProxy(
        process.awaitPorts(ports),
        home.resolve("error.log"),
        ports.get(0),
        ports.get(1),
        ports.get(2),
        ports.get(4));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** What it wrote of itself. */
  String logged() {
    return text(log);
  }

  @Override
  public void close() {
    process.close();
  }
}
