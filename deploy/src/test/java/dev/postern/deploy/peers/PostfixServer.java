package dev.postern.deploy.peers;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A real Postfix 3.7: submission with STARTTLS and with implicit TLS, SASL by Dovecot, delivery
 * into Dovecot's Maildirs, nothing sent anywhere else. Starts as root alone.
 *
 * @param submission port with STARTTLS, no AUTH before it
 * @param submissions port with implicit TLS
 * @param told as {@code submissions}; takes the client's address by XCLIENT
 * @param trusting in clear, beside us; takes our word for who logs in
 * @param strict with implicit TLS, for our certificate alone; takes our word likewise
 * @param lesser as {@code submissions}; takes small messages and offers less
 */
record PostfixServer(
    PeerProcess process,
    Path home,
    int submission,
    int submissions,
    int told,
    int lesser,
    int trusting,
    int strict)
    implements AutoCloseable {

  /** Largest message, bytes. */
  static final int MESSAGE_SIZE_LIMIT = 50 * 1024 * 1024;

  /** The same at {@link #lesser}, which offers none of DSN, SMTPUTF8 and CHUNKING. */
  static final int LESSER_SIZE_LIMIT = 1_000_000;

  static PostfixServer start(
      PeerFolder folder, PeerCertificates certificates, DovecotServer dovecot, List<String> users) {
    List<Integer> ports = FreePorts.take(6);
    Path home = folder.folder("postfix");
    Path configuration = folder.folder("postfix/conf");
    folder.folder("postfix/queue");
    Path data = folder.folder("postfix/data");
    try {
      UserPrincipal postfix =
          data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postfix");
      Files.setOwner(data, postfix);
    } catch (IOException failure) {
      throw new UncheckedIOException("Postfix's tests run as root alone", failure);
    }
    folder.write(
        "postfix/conf/mailboxes",
        users.stream().map(user -> user + " " + user + "/\n").collect(Collectors.joining()));
    folder.write(
        "postfix/conf/main.cf",
        MAIN.replace("@HOME@", home.toString())
            .replace("@MAIL@", dovecot.mail().toString())
            .replace("@SASL@", dovecot.sasl().toString())
            .replace("@CERTIFICATE@", certificates.certificate().toString())
            .replace("@KEY@", certificates.privateKey().toString())
            .replace("@UID@", String.valueOf(DovecotServer.MAIL_UID))
            .replace("@LIMIT@", String.valueOf(MESSAGE_SIZE_LIMIT)));
    folder.write(
        "postfix/conf/master.cf",
        MASTER
            .replace("@SUBMISSION@", String.valueOf(ports.get(0)))
            .replace("@SUBMISSIONS@", String.valueOf(ports.get(1)))
            .replace("@TOLD@", String.valueOf(ports.get(2)))
            .replace("@LESSER@", String.valueOf(ports.get(3)))
            .replace("@TRUSTING@", String.valueOf(ports.get(4)))
            .replace("@STRICT@", String.valueOf(ports.get(5)))
            .replace("@CA@", certificates.clientCa().toString())
            .replace("@LITTLE@", String.valueOf(LESSER_SIZE_LIMIT)));
    // Makes the queue's folders; the master itself is started without the wrapper, as our child.
    Program.run("postfix", "-c", configuration.toString(), "check").succeeded();
    PeerProcess process =
        PeerProcess.start(
            "postfix",
            home.resolve("master.log"),
            List.of(Program.find("master"), "-c", configuration.toString(), "-s"));
    return new PostfixServer(
        process.awaitPorts(ports),
        home,
        ports.get(0),
        ports.get(1),
        ports.get(2),
        ports.get(3),
        ports.get(4),
        ports.get(5));
  }

  /** Adds a line to its configuration and has it read anew; sessions go on as they were. */
  void configure(String line) {
    try {
      Files.writeString(home.resolve("conf/main.cf"), line + "\n", StandardOpenOption.APPEND);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    Program.run("kill", "-HUP", String.valueOf(process.pid())).succeeded();
  }

  @Override
  public void close() {
    process.close();
  }

  private static final String MAIN =
      """
      compatibility_level = 3.6
      queue_directory = @HOME@/queue
      data_directory = @HOME@/data
      maillog_file = @HOME@/mail.log
      maillog_file_prefixes = @HOME@
      myhostname = localhost
      mydestination =
      inet_interfaces = 127.0.0.1
      inet_protocols = ipv4
      mynetworks = 127.0.0.1/32
      message_size_limit = @LIMIT@
      virtual_mailbox_limit = 0
      virtual_mailbox_domains = example.test
      virtual_mailbox_base = @MAIL@
      virtual_mailbox_maps = texthash:@HOME@/conf/mailboxes
      virtual_minimum_uid = 1
      virtual_uid_maps = static:@UID@
      virtual_gid_maps = static:@UID@
      default_transport = error:nothing leaves this test
      smtpd_tls_cert_file = @CERTIFICATE@
      smtpd_tls_key_file = @KEY@
      smtpd_tls_security_level = encrypt
      smtpd_tls_auth_only = yes
      smtpd_sasl_auth_enable = yes
      smtpd_sasl_type = dovecot
      smtpd_sasl_path = @SASL@
      smtpd_relay_restrictions = permit_sasl_authenticated, reject
      smtpd_recipient_restrictions = permit_sasl_authenticated, reject
      alias_maps =
      alias_database =
      """;

  private static final String MASTER =
      """
      127.0.0.1:@SUBMISSION@ inet n - n - - smtpd
      127.0.0.1:@SUBMISSIONS@ inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
      127.0.0.1:@TOLD@ inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_authorized_xclient_hosts=127.0.0.1
      127.0.0.1:@LESSER@ inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_discard_ehlo_keywords=dsn,smtputf8,chunking -o message_size_limit=@LITTLE@
      127.0.0.1:@TRUSTING@ inet n - n - - smtpd
        -o smtpd_authorized_xclient_hosts=127.0.0.1
        -o smtpd_client_restrictions=
        -o smtpd_sasl_auth_enable=yes
        -o smtpd_tls_auth_only=no
        -o smtpd_tls_security_level=none
        -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
        -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
      127.0.0.1:@STRICT@ inet n - n - - smtpd
        -o smtpd_authorized_xclient_hosts=127.0.0.1
        -o smtpd_tls_wrappermode=yes
        -o smtpd_tls_security_level=encrypt
        -o smtpd_tls_req_ccert=yes
        -o smtpd_tls_CAfile=@CA@
        -o smtpd_sasl_auth_enable=yes
        -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
        -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
      pickup unix n - n 60 1 pickup
      cleanup unix n - n - 0 cleanup
      qmgr unix n - n 300 1 qmgr
      tlsmgr unix - - n 1000? 1 tlsmgr
      rewrite unix - - n - - trivial-rewrite
      bounce unix - - n - 0 bounce
      defer unix - - n - 0 bounce
      trace unix - - n - 0 bounce
      error unix - - n - - error
      virtual unix - n n - - virtual
      anvil unix - - n - 1 anvil
      proxymap unix - - n - - proxymap
      postlog unix-dgram n - n - 1 postlogd
      """;
}
