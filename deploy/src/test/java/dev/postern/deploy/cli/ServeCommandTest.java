package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCommandTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final Path folder;

  ServeCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replaceAll("\\[::]:[0-9]+", "127.0.0.1:0")
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("imaps://imap.example.com:993", "imap://127.0.0.1:1")
            .replace("submission+starttls://smtp.example.com:587", "submission://127.0.0.1:1"));
  }

  @Test
  void listensSaysSoAndStopsCleanly() throws Exception {
    Path pidFile = folder.resolve("postern.pid");
    int port;
    try (RunningCommand serve =
        RunningCommand.start(folder, "serve", "--json", "--pid-file", "postern.pid")) {
      serve.awaitLine("event", "ready");

      port = serve.awaitLine("protocol", "imap").path("port").asInt();
      try (Socket client = new Socket(LOOPBACK, port)) {
        byte[] greeting = client.getInputStream().readNBytes(4);
        assertThat(new String(greeting, java.nio.charset.StandardCharsets.US_ASCII))
            .isEqualTo("* OK");
      }
      int admin = serve.awaitLine("protocol", "admin").path("port").asInt();
      assertThat(get(admin, "/health/live").statusCode()).isEqualTo(200);
      assertThat(get(admin, "/metrics").body())
          .contains("postern_sessions", "jvm_memory_used_bytes", "hikaricp_connections");
      assertThat(pidFile).hasContent(ProcessHandle.current().pid() + "\n");
      assertThat(serve.completeLines().lines()).hasSize(8);

      assertThat(serve.stop()).isZero();
    }
    assertThat(pidFile).doesNotExist();
    // Nothing listens any more: the port can be had.
    new ServerSocket(port, 1, LOOPBACK).close();
  }

  @Test
  void aTakenPortIsAnErrorAndNothingStaysBehind() throws Exception {
    Path configuration = folder.resolve("postern.yaml");
    String yaml = Files.readString(configuration);
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
      // The last listener: the others are bound already when it fails.
      int at = yaml.lastIndexOf("127.0.0.1:0\", tls: implicit");
      Files.writeString(
          configuration,
          yaml.substring(0, at)
              + "127.0.0.1:"
              + taken.getLocalPort()
              + yaml.substring(at + "127.0.0.1:0".length()));

      CommandRun run = CommandRun.of(folder, "serve", "--json", "--pid-file", "postern.pid");

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("\"error\":\"gateway\"").contains("" + taken.getLocalPort());
      assertThat(run.out()).isEmpty();
      assertThat(folder.resolve("postern.pid")).doesNotExist();
    }
    Files.writeString(configuration, yaml); // that port may be another process's by now
    try (RunningCommand serve = RunningCommand.start(folder, "serve", "--json")) {
      serve.awaitLine("event", "ready");
      assertThat(serve.stop()).isZero();
    }
  }

  @Test
  void aTakenAdminPortEndsTheGatewayAgain() throws Exception {
    Path configuration = folder.resolve("postern.yaml");
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
      Files.writeString(
          configuration,
          Files.readString(configuration)
              .replace(
                  "admin: { bind: \"127.0.0.1:0\"",
                  "admin: { bind: \"127.0.0.1:" + taken.getLocalPort() + "\""));

      CommandRun run = CommandRun.of(folder, "serve", "--json");

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("\"error\":\"admin\"").contains("" + taken.getLocalPort());
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith("postern-store"));
    }
  }

  @Test
  void aPidFileThatCannotBeWrittenIsAnError() {
    CommandRun run = CommandRun.of(folder, "serve", "--json", "--pid-file", "missing/postern.pid");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the process id cannot be written");
  }

  private static java.net.http.HttpResponse<String> get(int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          BodyHandlers.ofString());
    }
  }
}
