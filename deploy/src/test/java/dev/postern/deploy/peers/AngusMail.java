package dev.postern.deploy.peers;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Store;
import jakarta.mail.Transport;
import jakarta.mail.event.StoreEvent;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.EnumSet;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Angus Mail, which Java programs use; what it throws is what a person gets to see. */
record AngusMail() implements MailClient {

  @Override
  public String name() {
    return "angus";
  }

  @Override
  public Set<Door> doors() {
    return EnumSet.allOf(Door.class);
  }

  @Override
  public Shown run(Errand errand) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    StringBuilder said = new StringBuilder();
    int exit = 0;
    try (PrintStream debug = new PrintStream(wire, true, StandardCharsets.UTF_8)) {
      Session session = Session.getInstance(properties(errand));
      session.setDebugOut(debug);
      session.setDebug(true);
      if (errand.door().isForSending()) {
        send(session, errand);
      } else {
        fetch(session, errand, said);
      }
    } catch (MessagingException refused) {
      said.append(refused.getClass().getName()).append(": ").append(refused.getMessage());
      exit = 1;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new Shown(
        "Session.connect(\"localhost\", %d, \"%s\", …), %s"
            .formatted(errand.port(), errand.user(), errand.door()),
        exit,
        said.toString(),
        wire.toString(StandardCharsets.UTF_8));
  }

  private static void send(Session session, Errand errand) throws MessagingException {
    try (Transport transport = session.getTransport(errand.door().scheme())) {
      transport.connect("localhost", errand.port(), errand.user(), errand.password());
      MimeMessage message =
          new MimeMessage(
              session,
              new ByteArrayInputStream(
                  errand.letter().textForTheWire().getBytes(StandardCharsets.UTF_8)));
      transport.sendMessage(message, message.getAllRecipients());
    }
  }

  private static void fetch(Session session, Errand errand, StringBuilder said)
      throws MessagingException, IOException {
    try (Store store = session.getStore(errand.door().scheme())) {
      store.addStoreListener(event -> {
        if (event.getMessageType() == StoreEvent.ALERT) {
          said.append("alert: ").append(event.getMessage()).append('\n');
        }
      });
      store.connect("localhost", errand.port(), errand.user(), errand.password());
      try (Folder inbox = store.getFolder("INBOX")) {
        inbox.open(Folder.READ_ONLY);
        for (Message message : inbox.getMessages()) {
          Path file = errand.inbox().resolve("new/" + message.getMessageNumber());
          try (OutputStream out = Files.newOutputStream(file)) {
            message.writeTo(out);
          }
        }
      }
    }
  }

  private static Properties properties(Errand errand) {
    String prefix = "mail." + errand.door().scheme() + ".";
    Properties properties = new Properties();
    properties.put(prefix + "ssl.socketFactory", trusting(errand.ca()));
    properties.put(prefix + "ssl.checkserveridentity", "true");
    properties.put(prefix + "starttls.enable", String.valueOf(!errand.door().isImplicit()));
    properties.put(prefix + "starttls.required", String.valueOf(!errand.door().isImplicit()));
    properties.put(prefix + "auth", "true");
    properties.put(prefix + "connectiontimeout", "30000");
    properties.put(prefix + "timeout", "30000");
    properties.put("mail.mime.allowutf8", "true");
    return properties;
  }

  private static SSLSocketFactory trusting(Path ca) {
    try (var pem = Files.newInputStream(ca)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (GeneralSecurityException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
