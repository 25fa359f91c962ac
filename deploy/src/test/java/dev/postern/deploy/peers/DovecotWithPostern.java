package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A real Dovecot 2.3 that has no passwords of its own, and the script of the archive, its address
 * and token file alone put in.
 *
 * @param imaps port with implicit TLS
 */
record DovecotWithPostern(PeerProcess process, Path log, int imaps) implements AutoCloseable {
  private static final Path ARCHIVE = Path.of("src/main/assets/dovecot/postern.lua");

  static DovecotWithPostern start(
      PeerFolder folder, PeerCertificates certificates, int authService, String token) {
    int port = FreePorts.one();
    Path home = folder.folder("lua");
    Path mail = folder.folder("lua/mail");
    Path tokenFile = folder.write("lua/postern.token", token + "\n");
    Path script;
    try {
      Files.setAttribute(mail, "unix:uid", DovecotServer.MAIL_UID);
      Files.setAttribute(mail, "unix:gid", DovecotServer.MAIL_UID);
      script =
          folder.write(
              "lua/postern.lua",
              Files.readString(ARCHIVE)
                  .replace("127.0.0.1:9143", "127.0.0.1:" + authService)
                  .replace("/etc/dovecot/postern.token", tokenFile.toString()));
    } catch (IOException failure) {
      throw new UncheckedIOException("Dovecot's tests run as root alone", failure);
    }
    Path configuration =
        folder.write(
            "lua/dovecot.conf",
            CONFIGURATION
                .replace("@HOME@", home.toString())
                .replace("@SCRIPT@", script.toString())
                .replace("@CERTIFICATE@", certificates.certificate().toString())
                .replace("@KEY@", certificates.privateKey().toString())
                .replace("@UID@", String.valueOf(DovecotServer.MAIL_UID))
                .replace("@IMAPS@", String.valueOf(port)));
    Path log = home.resolve("dovecot.log");
    PeerProcess process =
        PeerProcess.start(
            "dovecot with postern",
            log,
            List.of(Program.find("dovecot"), "-F", "-c", configuration.toString()));
    return new DovecotWithPostern(process.awaitPorts(List.of(port)), log, port);
  }

  /** What {@code doveadm auth test} says of a client at 192.0.2.1, of whom more is said. */
  Program.Result asked(String user, String password, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "doveadm",
                "-c",
                log.resolveSibling("dovecot.conf").toString(),
                "auth",
                "test",
                "-x",
                "service=imap",
                "-x",
                "rip=192.0.2.1"));
    command.addAll(List.of(more));
    command.addAll(List.of(user, password));
    return Program.run(command.toArray(String[]::new));
  }

  /** What it wrote of itself. */
  String logged() {
    try {
      return Files.readString(log);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    process.close();
  }

  private static final String CONFIGURATION =
      """
      base_dir = @HOME@/run
      state_dir = @HOME@/run
      log_path = @HOME@/dovecot.log
      instance_name = lua
      protocols = imap
      listen = 127.0.0.1
      ssl = required
      ssl_cert = <@CERTIFICATE@
      ssl_key = <@KEY@
      auth_mechanisms = plain login
      auth_failure_delay = 0
      first_valid_uid = 1
      mail_location = maildir:@HOME@/mail/%u
      passdb {
        driver = lua
        args = file=@SCRIPT@ blocking=yes
      }
      userdb {
        driver = static
        args = uid=@UID@ gid=@UID@ home=@HOME@/mail/%u
      }
      service imap-login {
        inet_listener imap {
          port = 0
        }
        inet_listener imaps {
          port = @IMAPS@
          ssl = yes
        }
      }
      service anvil {
        unix_listener anvil-auth-penalty {
          mode = 0
        }
      }
      service stats {
        unix_listener stats-writer {
          mode = 0666
        }
      }
      """;
}
