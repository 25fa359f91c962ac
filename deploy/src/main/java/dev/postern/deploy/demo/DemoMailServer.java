package dev.postern.deploy.demo;

import com.icegreen.greenmail.user.GreenMailUser;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.postern.store.auth.Secret;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** The mail server behind the demonstration: GreenMail, in clear text on loopback alone. */
final class DemoMailServer implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration STARTUP = Duration.ofSeconds(20);

  private final GreenMail greenMail;

  private DemoMailServer(GreenMail greenMail) {
    this.greenMail = greenMail;
  }

  /** Starts it on free ports, with one mailbox that has some messages. */
  static DemoMailServer start(String user, Secret password, Instant now) {
    ServerSetup[] setups = {
      setup(ServerSetup.PROTOCOL_IMAP),
      setup(ServerSetup.PROTOCOL_SMTP),
      setup(ServerSetup.PROTOCOL_POP3)
    };
    DemoMailServer server = new DemoMailServer(new GreenMail(setups));
    try {
      server.greenMail.start();
      server.fill(user, password, now);
      return server;
    } catch (RuntimeException failure) {
      server.close();
      throw failure;
    }
  }

  int imapPort() {
    return greenMail.getImap().getPort();
  }

  int pop3Port() {
    return greenMail.getPop3().getPort();
  }

  int smtpPort() {
    return greenMail.getSmtp().getPort();
  }

  @Override
  public void close() {
    greenMail.stop();
  }

  private static ServerSetup setup(String protocol) {
    ServerSetup setup = new ServerSetup(0, LOOPBACK, protocol);
    setup.setServerStartupTimeout(STARTUP.toMillis());
    return setup;
  }

  private void fill(String user, Secret password, Instant now) {
    GreenMailUser mailbox =
        password.expose(
            bytes -> greenMail.setUser(user, user, new String(bytes, StandardCharsets.US_ASCII)));
    for (DemoMessage message : DemoMessage.ALL) {
      mailbox.deliver(mime(message.text(user, now)));
    }
  }

  private static MimeMessage mime(String text) {
    try {
      return new MimeMessage(
          (Session) null, new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (MessagingException impossible) {
      throw new IllegalStateException("a message of the demonstration is malformed", impossible);
    }
  }

  /** A message that waits in the mailbox. */
  private record DemoMessage(String from, String subject, String body) {
    static final List<DemoMessage> ALL =
        List.of(
            new DemoMessage(
                "Postern <postern@demo.test>",
                "Welcome to Postern",
                """
                You read this through Postern: your client showed it an app password, and
                Postern logged in at the mail server with the password of the mailbox.
                """),
            new DemoMessage(
                "Bob <bob@demo.test>",
                "Lunch on Friday?",
                """
                The new place by the gate, at noon?

                Bob
                """),
            new DemoMessage(
                "Scanner, 2nd floor <scanner@demo.test>",
                "Scan 0001",
                "Old devices can send again, too.\n"));

    String text(String to, Instant now) {
      String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC));
      return """
      From: %s
      To: <%s>
      Subject: %s
      Date: %s

      %s\
      """
          .formatted(from, to, subject, date, body)
          .replace("\n", "\r\n");
    }
  }
}
