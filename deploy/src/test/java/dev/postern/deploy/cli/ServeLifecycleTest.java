package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running server is given another configuration, drained, and replaced by another one. */
final class ServeLifecycleTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final Path folder;
  private final Path configuration;

  ServeLifecycleTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    CommandRun.good(folder, "init", "--upstream", "generic");
    configuration = folder.resolve("postern.yaml");
    edit("127.0.0.1:8080", "127.0.0.1:0");
    edit("imaps://imap.example.com:993", "imap://127.0.0.1:1");
    edit("submission+starttls://smtp.example.com:587", "submission://127.0.0.1:1");
    Files.writeString(
        configuration, Files.readString(configuration).replaceAll("\\[::]:[0-9]+", "127.0.0.1:0"));
  }

  @Test
  void aChangedFileIsInForceWithinSecondsAndClientsStay() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      int port = serve.awaitLine("protocol", "imap").path("port").asInt();
      try (Socket client = connect(port)) {
        assertThat(greeting(client)).contains("mail.example.com");

        edit("name: mail.example.com", "name: other.example.com");

        await().atMost(LONGEST).untilAsserted(() -> assertThat(greetingOf(port)).contains("other"));
        assertThat(capability(client)).contains("IMAP4rev1");
        assertThat(metrics(serve))
            .contains("postern_configuration_reloads_total{outcome=\"done\"} 1.0");
      }
    }
  }

  @Test
  void aBadFileIsRefusedAndTheRunningOneKept() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      int port = serve.awaitLine("protocol", "imap").path("port").asInt();
      edit("name: mail.example.com", "name: other.example.com\nnonsense: true");

      serve.reload();

      await()
          .atMost(LONGEST)
          .untilAsserted(() ->
              assertThat(metrics(serve))
                  .contains("postern_configuration_reloads_total{outcome=\"refused\"} 1.0"));
      assertThat(greetingOf(port)).contains("mail.example.com");
    }
  }

  @Test
  void whereTheDataIsCannotChangeWhileItRuns() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      int port = serve.awaitLine("protocol", "imap").path("port").asInt();
      edit("name: mail.example.com", "name: other.example.com");
      edit("sqlite:postern.db", "sqlite:other.db");

      serve.reload();

      await()
          .atMost(LONGEST)
          .untilAsserted(() ->
              assertThat(metrics(serve))
                  .contains("postern_configuration_reloads_total{outcome=\"refused\"} 1.0"));
      assertThat(greetingOf(port)).contains("mail.example.com");
      assertThat(folder.resolve("other.db")).doesNotExist();
    }
  }

  @Test
  void aStopTellsWaitingClients() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      int port = serve.awaitLine("protocol", "imap").path("port").asInt();
      try (Socket client = connect(port)) {
        greeting(client);

        serve.askToStop();

        assertThat(read(client)).startsWith("* BYE");
      }
      assertThat(serve.stop()).isZero();
    }
  }

  @Test
  void anotherProcessTakesOverWithoutOneRefusedConnection() throws Exception {
    int port = FreePorts.one();
    String yaml = Files.readString(configuration);
    Files.writeString(
        configuration, yaml.replaceFirst("127\\.0\\.0\\.1:0\"", "127.0.0.1:" + port + "\""));
    Queue<String> troubles = new ConcurrentLinkedQueue<>();
    AtomicInteger greeted = new AtomicInteger();
    AtomicBoolean isOver = new AtomicBoolean();
    try (RunningCommand first =
        RunningCommand.start(folder, "serve", "--json", "--pid-file", "postern.pid")) {
      first.awaitLine("event", "ready");
      CompletableFuture<Void> clients =
          CompletableFuture.runAsync(
              () -> {
                while (!isOver.get()) {
                  try {
                    greetingOf(port);
                    greeted.incrementAndGet();
                  } catch (IOException e) {
                    troubles.add(e.toString());
                  }
                }
              },
              task -> Thread.ofVirtual().start(task));
      try (RunningCommand second = RunningCommand.start(folder, "serve", "--json", "--take-over")) {
        second.awaitLine("event", "ready");
        assertThat(first.exitCode()).isZero();
        int before = greeted.get();
        await().atMost(LONGEST).until(() -> greeted.get() > before + 20);
        isOver.set(true);
        clients.join();

        assertThat(troubles).isEmpty();
        assertThat(second.stop()).isZero();
      }
    }
  }

  @Test
  void withNobodyToTakeOverFromItStartsAsUsual() throws Exception {
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json", "--take-over")) {
      serve.awaitLine("event", "ready");
      assertThat(greetingOf(serve.awaitLine("protocol", "imap").path("port").asInt()))
          .startsWith("* OK");
      assertThat(serve.stop()).isZero();
    }
  }

  private void edit(String from, String to) throws IOException {
    Files.writeString(configuration, Files.readString(configuration).replace(from, to));
  }

  private static Socket connect(int port) throws IOException {
    Socket client = new Socket(LOOPBACK, port);
    client.setSoTimeout((int) LONGEST.toMillis());
    return client;
  }

  private static String greetingOf(int port) throws IOException {
    try (Socket client = connect(port)) {
      return greeting(client);
    }
  }

  private static String greeting(Socket client) throws IOException {
    String line = read(client);
    assertThat(line).startsWith("* OK");
    return line;
  }

  private static String capability(Socket client) throws IOException {
    client.getOutputStream().write("a CAPABILITY\r\n".getBytes(StandardCharsets.US_ASCII));
    return read(client);
  }

  private static String read(Socket client) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = client.getInputStream().read(); next != '\n'; ) {
      if (next < 0) {
        throw new IOException("end of stream after <" + line + ">");
      }
      line.append((char) next);
      next = client.getInputStream().read();
    }
    return line.toString();
  }

  private static String metrics(RunningCommand serve) throws Exception {
    int admin = serve.awaitLine("protocol", "admin").path("port").asInt();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + "/metrics")).build(),
              BodyHandlers.ofString());
      return answer.body();
    }
  }
}
