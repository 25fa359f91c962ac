package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A real Dovecot 2.3: IMAP and POP3 with STARTTLS and with implicit TLS, a Maildir for each user, a
 * master user, and the SASL socket that Postfix asks. Starts as root alone.
 *
 * @param imap port with STARTTLS, nothing of worth before it
 * @param imaps port with implicit TLS
 * @param pop3 as {@code imap}
 * @param pop3s as {@code imaps}
 * @param sasl the authentication socket
 */
record DovecotServer(
    PeerProcess process, int imap, int imaps, int pop3, int pop3s, Path sasl, Path mail)
    implements AutoCloseable {

  /** May log in as anybody, by an authorisation identity or as {@code user*postern}. */
  static final String MASTER_USER = "postern";

  static final String MASTER_PASSWORD = "master-of-the-peers";

  /** Every user's own password at this server. */
  static final String USER_PASSWORD = "Summer-at-the-upstream";

  /** Owner of the mail; needs no account of that number. */
  static final int MAIL_UID = 10500;

  static DovecotServer start(PeerFolder folder, PeerCertificates certificates, List<String> users) {
    List<Integer> ports = FreePorts.take(4);
    Path home = folder.folder("dovecot");
    Path mail = folder.folder("mail");
    Path log = home.resolve("dovecot.log");
    try {
      Files.setAttribute(mail, "unix:uid", MAIL_UID);
      Files.setAttribute(mail, "unix:gid", MAIL_UID);
    } catch (IOException failure) {
      throw new UncheckedIOException("Dovecot's tests run as root alone", failure);
    }
    folder.write("dovecot/masters", MASTER_USER + ":" + MASTER_PASSWORD + "\n");
    folder.write(
        "dovecot/users",
        users.stream()
            .map(user -> user + ":" + USER_PASSWORD + "\n")
            .collect(Collectors.joining()));
    Path configuration =
        folder.write(
            "dovecot/dovecot.conf",
            CONFIGURATION
                .replace("@HOME@", home.toString())
                .replace("@MAIL@", mail.toString())
                .replace("@CERTIFICATE@", certificates.certificate().toString())
                .replace("@KEY@", certificates.privateKey().toString())
                .replace("@UID@", String.valueOf(MAIL_UID))
                .replace("@IMAP@", String.valueOf(ports.get(0)))
                .replace("@IMAPS@", String.valueOf(ports.get(1)))
                .replace("@POP3@", String.valueOf(ports.get(2)))
                .replace("@POP3S@", String.valueOf(ports.get(3))));
    PeerProcess process =
        PeerProcess.start(
            "dovecot", log, List.of(Program.find("dovecot"), "-F", "-c", configuration.toString()));
    return new DovecotServer(
        process.awaitPorts(ports),
        ports.get(0),
        ports.get(1),
        ports.get(2),
        ports.get(3),
        home.resolve("sasl"),
        mail);
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
      instance_name = peers
      protocols = imap pop3
      listen = 127.0.0.1
      login_trusted_networks = 127.0.0.1/32
      ssl = required
      ssl_cert = <@CERTIFICATE@
      ssl_key = <@KEY@
      disable_plaintext_auth = yes
      auth_mechanisms = plain login
      auth_master_user_separator = *
      auth_failure_delay = 0
      first_valid_uid = 1
      mail_location = maildir:@MAIL@/%u
      mail_max_userip_connections = 0
      rawlog_dir = @MAIL@/%u/rawlog
      passdb {
        driver = passwd-file
        master = yes
        args = scheme=PLAIN username_format=%u @HOME@/masters
        result_success = continue
      }
      passdb {
        driver = passwd-file
        args = scheme=PLAIN username_format=%u @HOME@/users
      }
      userdb {
        driver = static
        args = uid=@UID@ gid=@UID@ home=@MAIL@/%u
      }
      service imap-login {
        inet_listener imap {
          port = @IMAP@
        }
        inet_listener imaps {
          port = @IMAPS@
          ssl = yes
        }
      }
      service pop3-login {
        inet_listener pop3 {
          port = @POP3@
        }
        inet_listener pop3s {
          port = @POP3S@
          ssl = yes
        }
      }
      service auth {
        unix_listener @HOME@/sasl {
          mode = 0666
        }
      }
      service stats {
        unix_listener stats-writer {
          mode = 0666
        }
      }
      """;
}
