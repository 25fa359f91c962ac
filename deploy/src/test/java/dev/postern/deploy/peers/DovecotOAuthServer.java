package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A real Dovecot 2.3 that takes access tokens and no password at all: IMAP, POP3 and submission,
 * all with implicit TLS. Starts as root alone.
 */
record DovecotOAuthServer(PeerProcess process, int imaps, int pop3s, int submissions)
    implements AutoCloseable {

  /** How it looks at tokens. */
  enum Check {
    /** By the issuer's key. */
    LOCAL,
    /** By asking the issuer. */
    INTROSPECTION
  }

  /** A key whose signatures it believes, of that id, for an algorithm of RFC 7518 §3.1. */
  record PublicKey(String algorithm, String id, String pem) {}

  /**
   * One that believes a provider, by any issuer and audience.
   *
   * @param relay port that mail is handed on to
   */
  static DovecotOAuthServer start(
      PeerFolder folder,
      PeerCertificates certificates,
      TokenIssuer issuer,
      Check check,
      int relay) {
    PublicKey key = new PublicKey("RS256", "default", issuer.publicKey());
    return switch (check) {
      case LOCAL ->
          start(
              folder,
              certificates,
              protocol -> tokens(folder, protocol, "username_attribute = sub\n", key),
              relay);
      case INTROSPECTION ->
          start(
              folder,
              certificates,
              protocol ->
                  folder.write(
                      "dovecot-oauth/tokens-" + protocol + ".conf",
                      """
                      introspection_mode = post
                      introspection_url = %s
                      username_attribute = sub
                      active_attribute = active
                      active_value = true
                      """
                          .formatted(issuer.at("/introspect"))),
              relay);
    };
  }

  /** One set up as docs/upstreams.md says: our key, our name, its own name, each protocol. */
  static DovecotOAuthServer startWithKey(
      PeerFolder folder, PeerCertificates certificates, PublicKey key, int relay) {
    return start(
        folder,
        certificates,
        protocol ->
            tokens(
                folder,
                protocol,
                """
                username_attribute = sub
                issuers = localhost
                client_id = localhost
                scope = %s
                """
                    .formatted(protocol),
                key),
        relay);
  }

  private static Path tokens(PeerFolder folder, String protocol, String more, PublicKey key) {
    Path keys = folder.folder("dovecot-oauth/keys");
    String ofAlgorithm = "dovecot-oauth/keys/default/" + key.algorithm();
    folder.folder(ofAlgorithm);
    folder.write(ofAlgorithm + "/" + key.id(), key.pem());
    return folder.write(
        "dovecot-oauth/tokens-" + protocol + ".conf",
        """
        introspection_mode = local
        local_validation_key_dict = fs:posix:prefix=%s/
        %s\
        """
            .formatted(keys, more));
  }

  /**
   * @param tokens writes what a protocol wants of tokens
   */
  private static DovecotOAuthServer start(
      PeerFolder folder, PeerCertificates certificates, Function<String, Path> tokens, int relay) {
    List<Integer> ports = FreePorts.take(3);
    Path home = folder.folder("dovecot-oauth");
    Path mail = folder.folder("mail-oauth");
    try {
      Files.setAttribute(mail, "unix:uid", DovecotServer.MAIL_UID);
      Files.setAttribute(mail, "unix:gid", DovecotServer.MAIL_UID);
    } catch (IOException failure) {
      throw new UncheckedIOException("Dovecot's tests run as root alone", failure);
    }
    StringBuilder believed = new StringBuilder();
    for (String protocol : List.of("imap", "pop3", "submission")) {
      believed.append(
          """
          protocol %s {
            passdb {
              driver = oauth2
              mechanisms = oauthbearer xoauth2
              args = %s
            }
          }
          """
              .formatted(protocol, tokens.apply(protocol)));
    }
    Path configuration =
        folder.write(
            "dovecot-oauth/dovecot.conf",
            CONFIGURATION
                    .replace("@HOME@", home.toString())
                    .replace("@MAIL@", mail.toString())
                    .replace("@CERTIFICATE@", certificates.certificate().toString())
                    .replace("@KEY@", certificates.privateKey().toString())
                    .replace("@UID@", String.valueOf(DovecotServer.MAIL_UID))
                    .replace("@RELAY@", String.valueOf(relay))
                    .replace("@IMAPS@", String.valueOf(ports.get(0)))
                    .replace("@POP3S@", String.valueOf(ports.get(1)))
                    .replace("@SUBMISSIONS@", String.valueOf(ports.get(2)))
                + believed);
    PeerProcess process =
        PeerProcess.start(
            "dovecot-oauth",
            home.resolve("dovecot.log"),
            List.of(Program.find("dovecot"), "-F", "-c", configuration.toString()));
    return new DovecotOAuthServer(
        process.awaitPorts(ports), ports.get(0), ports.get(1), ports.get(2));
  }

  /** What it has logged so far. */
  String log() {
    return process.printed();
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
      auth_verbose = yes
      instance_name = peers-oauth
      protocols = imap pop3 submission
      listen = 127.0.0.1
      ssl = required
      ssl_cert = <@CERTIFICATE@
      ssl_key = <@KEY@
      auth_mechanisms = oauthbearer xoauth2
      auth_failure_delay = 0
      first_valid_uid = 1
      mail_location = maildir:@MAIL@/%u
      mail_max_userip_connections = 0
      submission_relay_host = 127.0.0.1
      submission_relay_port = @RELAY@
      submission_relay_trusted = no
      userdb {
        driver = static
        args = uid=@UID@ gid=@UID@ home=@MAIL@/%u
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
      service pop3-login {
        inet_listener pop3 {
          port = 0
        }
        inet_listener pop3s {
          port = @POP3S@
          ssl = yes
        }
      }
      service submission-login {
        inet_listener submission {
          port = 0
        }
        inet_listener submissions {
          port = @SUBMISSIONS@
          ssl = yes
        }
      }
      service stats {
        unix_listener stats-writer {
          mode = 0666
        }
      }
      """;
}
