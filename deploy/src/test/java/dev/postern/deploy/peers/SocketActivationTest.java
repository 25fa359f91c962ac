package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.testing.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Listening sockets that systemd passes on, by its own program. */
@Tag("peers")
class SocketActivationTest {
  private static final Duration START = Duration.ofSeconds(90);

  @Test
  void clientsThatCameBeforeTheProcessAreServedOnTheSocketOfSystemd() throws Exception {
    int port = FreePorts.one();
    withSite(
        port,
        site -> {
          PeerProcess systemd = start(site, port);
          try (Socket first = connect(port);
              Socket second = connect(port);
              Socket third = connect(port);
              Socket fourth = connect(port)) {
            for (Socket client : List.of(first, second, third, fourth)) {
              BufferedReader lines = lines(client);
              assertThat(lines.readLine()).startsWith("* OK");
              client.getOutputStream().write("a NOOP\r\n".getBytes(StandardCharsets.US_ASCII));
              assertThat(lines.readLine()).startsWith("a OK");
            }
            systemd.mustBeAlive();
          } finally {
            systemd.close();
          }
        });
  }

  @Test
  void aSocketWithoutAListenerIsAnErrorThatNamesIt() throws Exception {
    int port = FreePorts.one();
    int other = FreePorts.one();
    withSite(
        port,
        site -> {
          PeerProcess systemd = start(site, other);
          try (Socket _ = connect(other)) {
            await().atMost(START).until(() -> !systemd.isAlive());
            assertThat(systemd.printed())
                .contains("no listener is configured for 127.0.0.1:" + other);
          } finally {
            systemd.close();
          }
        });
  }

  private interface Story {
    void tell(PosternSite site) throws Exception;
  }

  private static void withSite(int port, Story story) throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder,
              PeerCertificates.make(folder.path()),
              mail.upstreams(),
              "  database: \"sqlite:postern.db\"");
      String text = Files.readString(site.configuration());
      Files.writeString(
          site.configuration(),
          text.replace(
              "{ protocol: imap,       bind: \"127.0.0.1:0\", tls: none }",
              "{ protocol: imap, bind: \"127.0.0.1:" + port + "\", tls: none }"));
      story.tell(site);
    }
  }

  /** It starts the process when the first client comes. */
  private static PeerProcess start(PosternSite site, int port) {
    List<String> command =
        new ArrayList<>(List.of("systemd-socket-activate", "--listen=127.0.0.1:" + port));
    command.addAll(site.command("serve"));
    return PeerProcess.start("activated", site.folder().path().resolve("activated.log"), command);
  }

  private static Socket connect(int port) {
    Socket client =
        await()
            .atMost(START)
            .ignoreExceptionsInstanceOf(IOException.class)
            .until(() -> new Socket(InetAddress.getLoopbackAddress(), port), socket -> true);
    try {
      client.setSoTimeout((int) START.toMillis());
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
    return client;
  }

  private static BufferedReader lines(Socket client) throws IOException {
    return new BufferedReader(
        new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
  }
}
