package dev.postern.deploy.demo;

import dev.postern.deploy.config.ConfigException;
import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.node.Node;
import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.gateway.Gateway.Bound;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.KeyFile;
import dev.postern.store.Store;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A whole site in one temporary folder: mail server, store, gateway, a user with mail and an app
 * password. Its configuration is an ordinary file, so that every other command works on it while it
 * runs. Closing it removes the folder.
 */
public final class DemoSite implements AutoCloseable {
  /** The only user. */
  public static final String USER = "alice@demo.test";

  private static final Actor ACTOR = new Actor("demo", "system", Channel.CLI);
  private static final Duration VALIDITY = Duration.ofDays(7);
  private static final int MAILBOX_PASSWORD_BYTES = 18;

  private final Path folder;
  private final DemoMailServer mailServer;
  private final Node node;
  private final IssuedAppPassword issued;

  private DemoSite(Path folder, DemoMailServer mailServer, Node node, IssuedAppPassword issued) {
    this.folder = folder;
    this.mailServer = mailServer;
    this.node = node;
    this.issued = issued;
  }

  /**
   * Starts everything in a new folder.
   *
   * @throws IOException if the folder cannot be written; nothing is left of it then
   */
  public static DemoSite start(DemoPorts ports, Clock clock, SecureRandom random)
      throws IOException, ConfigException {
    Path folder = Files.createTempDirectory("postern-demo-");
    try (Secret mailboxPassword = mailboxPassword(random)) {
      DemoMailServer mailServer = DemoMailServer.start(USER, mailboxPassword, clock.instant());
      try {
        write(folder, mailServer, ports, clock, random);
        Configuration configuration =
            new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml"));
        Node node = Node.start(configuration, clock);
        try {
          return new DemoSite(folder, mailServer, node, populate(node.store(), mailboxPassword));
        } catch (RuntimeException failure) {
          node.close();
          throw failure;
        }
      } catch (RuntimeException | IOException | ConfigException failure) {
        mailServer.close();
        throw failure;
      }
    } catch (RuntimeException | IOException | ConfigException failure) {
      remove(folder);
      throw failure;
    }
  }

  public Path folder() {
    return folder;
  }

  public Path configuration() {
    return folder.resolve("postern.yaml");
  }

  /** The CA that clients must trust, in PEM. */
  public Path authority() {
    return folder.resolve("ca.pem");
  }

  /** A message to send, written for the commands that are shown. */
  public Path message() {
    return folder.resolve("message.eml");
  }

  /** The app password, as it is pasted. */
  public Secret appPassword() {
    return issued.secret();
  }

  /** The ports that clients connect to. */
  public DemoPorts ports() {
    return new DemoPorts(
        port(Scope.IMAP, Tls.STARTTLS),
        port(Scope.IMAP, Tls.IMPLICIT),
        port(Scope.SUBMISSION, Tls.STARTTLS),
        port(Scope.SUBMISSION, Tls.IMPLICIT),
        port(Scope.POP3, Tls.STARTTLS),
        port(Scope.POP3, Tls.IMPLICIT),
        node.adminServer().adminAddress().getPort());
  }

  /** Stops everything and removes the folder; closing twice is harmless. */
  @Override
  public void close() {
    issued.secret().close();
    node.close();
    mailServer.close();
    remove(folder);
  }

  private int port(Scope protocol, Tls tls) {
    return node.gateway().listeners().stream()
        .filter(bound -> bound.listener().protocol() == protocol)
        .filter(bound -> bound.listener().tls() == tls)
        .map(Bound::address)
        .findFirst()
        .orElseThrow()
        .getPort();
  }

  private static IssuedAppPassword populate(Store store, Secret mailboxPassword) {
    store.users().add(USER, Optional.empty(), Optional.empty(), ACTOR);
    store.users().setUpstreamPassword(USER, "mailbox", mailboxPassword, ACTOR);
    NewAppPassword wanted =
        new NewAppPassword(
            "Demonstration",
            Set.of(Scope.values()),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty());
    return store.appPasswords().create(USER, wanted, ACTOR);
  }

  private static Secret mailboxPassword(SecureRandom random) {
    byte[] bytes = new byte[MAILBOX_PASSWORD_BYTES];
    random.nextBytes(bytes);
    return Secret.owning(Base64.getUrlEncoder().withoutPadding().encode(bytes));
  }

  private static void write(
      Path folder, DemoMailServer mailServer, DemoPorts ports, Clock clock, SecureRandom random)
      throws IOException {
    DevelopmentCertificate certificate =
        DevelopmentCertificate.make("demo.test", clock.instant(), VALIDITY, random);
    Files.writeString(folder.resolve("ca.pem"), certificate.authority());
    Files.writeString(folder.resolve("certificate.pem"), certificate.chain());
    secret(folder.resolve("private-key.pem"), Secret.ofText(certificate.privateKey()));
    secret(folder.resolve("pepper"), KeyFile.freshLine(random));
    secret(folder.resolve("sealing-key"), KeyFile.freshLine(random));
    Files.writeString(
        folder.resolve("message.eml"),
        "From: <%1$s>\r\nTo: <%1$s>\r\nSubject: Sent through Postern\r\n\r\nIt works.\r\n"
            .formatted(USER));
    Files.writeString(folder.resolve("postern.yaml"), yaml(mailServer, ports));
  }

  private static String yaml(DemoMailServer mailServer, DemoPorts ports) {
    return """
    server: { name: demo.test }
    listeners:
      - { protocol: imap, bind: "127.0.0.1:%d", tls: starttls }
      - { protocol: imap, bind: "127.0.0.1:%d", tls: implicit }
      - { protocol: submission, bind: "127.0.0.1:%d", tls: starttls }
      - { protocol: submission, bind: "127.0.0.1:%d", tls: implicit }
      - { protocol: pop3, bind: "127.0.0.1:%d", tls: starttls }
      - { protocol: pop3, bind: "127.0.0.1:%d", tls: implicit }
    tls: { certificate: certificate.pem, private-key: private-key.pem }
    upstreams:
      mailbox:
        imap: "imap://127.0.0.1:%d"
        submission: "submission://127.0.0.1:%d"
        pop3: "pop3://127.0.0.1:%d"
        login: { method: stored-password }
    routes: [ { match: "*", upstream: mailbox } ]
    store:
      database: "sqlite:postern.db"
      pepper: "${file:pepper}"
      sealing-key: "${file:sealing-key}"
    admin: { bind: "127.0.0.1:%d" }
    """
        .formatted(
            ports.imap(),
            ports.imaps(),
            ports.submission(),
            ports.submissions(),
            ports.pop3(),
            ports.pop3s(),
            mailServer.imapPort(),
            mailServer.smtpPort(),
            mailServer.pop3Port(),
            ports.admin());
  }

  private static void secret(Path file, Secret content) throws IOException {
    try (content) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          file, content.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII)));
    }
  }

  private static void remove(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException trouble) {
      LoggerFactory.getLogger(DemoSite.class).warn("{} cannot be removed", folder, trouble);
    }
  }
}
