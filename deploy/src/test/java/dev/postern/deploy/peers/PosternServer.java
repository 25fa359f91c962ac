package dev.postern.deploy.peers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A running {@code postern serve}, a process of its own.
 *
 * @param ports by {@code imap starttls}, {@code submission implicit}, {@code admin none} and so on
 */
record PosternServer(PeerProcess process, Map<String, Integer> ports) implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  /**
   * Starts one of perhaps several nodes of a site.
   *
   * @param name of its log
   */
  static PosternServer start(PosternSite site, String name) {
    return start(site, name, site.command("serve"));
  }

  /**
   * Starts it with a command of one's own.
   *
   * @param name of its log
   */
  static PosternServer start(PosternSite site, String name, List<String> command) {
    Path log = site.folder().path().resolve(name + ".log");
    PeerProcess process = PeerProcess.start(name, log, command);
    Map<String, Integer> ports = new HashMap<>();
    try {
      Awaitility.await("postern is ready")
          .atMost(START)
          .pollInterval(Duration.ofMillis(50))
          .failFast(process::mustBeAlive)
          .until(() -> isReady(process, ports));
    } catch (RuntimeException | AssertionError failure) {
      process.close();
      throw failure;
    }
    return new PosternServer(process, Map.copyOf(ports));
  }

  private static boolean isReady(PeerProcess process, Map<String, Integer> ports) {
    List<JsonNode> events =
        process
            .printed()
            .lines()
            .filter(line -> line.startsWith("{\"event\"") && line.endsWith("}"))
            .map(JsonMapper.shared()::readTree)
            .toList();
    boolean isReady = false;
    for (JsonNode event : events) {
      if (event.get("event").asString().equals("listening")) {
        String lane = event.get("lane").asString().replace("ordinary", "");
        String name =
            (lane + " " + event.get("protocol").asString() + " " + event.get("tls").asString())
                .strip();
        ports.put(name, event.get("port").asInt());
      }
      isReady |= event.get("event").asString().equals("ready");
    }
    return isReady;
  }

  int imap() {
    return port("imap starttls");
  }

  /** Without any TLS: for a test with a thousand clients. */
  int imapInClear() {
    return port("imap none");
  }

  int imaps() {
    return port("imap implicit");
  }

  int submission() {
    return port("submission starttls");
  }

  int submissions() {
    return port("submission implicit");
  }

  /** For old devices, over TLS. */
  int legacySubmissions() {
    return port("legacy submission implicit");
  }

  int pop3() {
    return port("pop3 starttls");
  }

  int pop3s() {
    return port("pop3 implicit");
  }

  int metrics() {
    return port("metrics none");
  }

  /** Where operators and consents come in. */
  int admin() {
    return port("admin none");
  }

  /** Where other programs have logins verified. */
  int authService() {
    return port("auth-service none");
  }

  private int port(String name) {
    Integer port = ports.get(name);
    if (port == null) {
      throw new AssertionError("nothing listens as " + name + ": " + ports);
    }
    return port;
  }

  @Override
  public void close() {
    process.close();
  }
}
