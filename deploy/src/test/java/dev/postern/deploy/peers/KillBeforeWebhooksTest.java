package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code kill -9} of a node with events that no receiver has taken yet, one of them on its way:
 * after the restart each comes, in order, and the one that was on its way with the same id.
 */
@Tag("peers")
class KillBeforeWebhooksTest {
  private static final String USER = "alice@example.test";
  private static final int EVENTS = 5;

  /** A lease of the killed node may have to end first. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void eachEventComesWithItsIdAfterwards() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        Receiver receiver = new Receiver()) {
      PosternSite site =
          PosternSite.make(
              folder,
              PeerCertificates.make(folder.path()),
              UPSTREAMS,
              "  database: \"sqlite:postern.db\"");
      tell(site, receiver);
      List<String> made = new ArrayList<>();
      String onItsWay;
      try (PosternServer server = site.serve("killed");
          PosternApi api = PosternApi.of(site)) {
        api.addUser(server, USER);
        for (int i = 0; i < EVENTS; i++) {
          made.add(api.makeAppPassword(server, USER, "Phone " + i));
        }
        Awaitility.await().atMost(PATIENCE).until(() -> !receiver.came.isEmpty());
        server.process().kill();
        assertThat(receiver.came).as("no answer was given").hasSize(1);
        onItsWay = receiver.came.getFirst();
      }

      receiver.open.countDown();
      try (PosternServer _ = site.serve("afterwards")) {
        Awaitility.await().atMost(PATIENCE).until(() -> receiver.came.size() > EVENTS);
      }
      List<String> again = receiver.came.subList(1, receiver.came.size());
      assertThat(again.getFirst()).isEqualTo(onItsWay);
      assertThat(appPasswords(again)).isEqualTo(made);
      assertThat(again).extracting(body -> read(body).path("id")).doesNotHaveDuplicates();
    }
  }

  /** Takes nothing down but what comes, and answers when it is open. */
  private static final class Receiver implements AutoCloseable {
    private final List<String> came = new CopyOnWriteArrayList<>();
    private final CountDownLatch open = new CountDownLatch(1);
    private final HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

    Receiver() throws IOException {
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", this::take);
      server.start();
    }

    private void take(HttpExchange exchange) throws IOException {
      try (exchange) {
        came.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        if (open.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          exchange.sendResponseHeaders(204, -1);
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      open.countDown();
      server.stop(0);
    }
  }

  private static void tell(PosternSite site, Receiver receiver) throws IOException {
    Path secret = site.folder().write("secrets/webhook", "a-secret-of-both-of-us\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        site.configuration(),
        """
        webhooks:
          - { url: "http://127.0.0.1:%d/hook", secret: "${file:secrets/webhook}",
              events: [ app-password-created ] }
        """
            .formatted(receiver.server.getAddress().getPort()),
        StandardOpenOption.APPEND);
  }

  private static List<String> appPasswords(List<String> bodies) {
    return bodies.stream().map(body -> read(body).path("appPassword").asString()).toList();
  }

  private static JsonNode read(String body) {
    return JsonMapper.shared().readTree(body);
  }

  private static final String UPSTREAMS =
      """
      upstreams:
        nowhere:
          imap: "imap://127.0.0.1:1"
          submission: "submission://127.0.0.1:1"
          pop3: "pop3://127.0.0.1:1"
          login: { method: stored-password }
      routes:
        - { match: "*", upstream: nowhere }
      """;
}
