package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.peers.PosternSite.Account;
import dev.postern.store.testing.FreePorts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Reload, certificate change, take-over and restart under a stream of logins and many idle
 * sessions; prints which connections saw what.
 */
@Tag("peers")
class LifecycleUnderLoadTest {
  private static final int IDLE = Integer.getInteger("postern.lifecycle.idle", 500);
  private static final int LOGINS_A_SECOND = Integer.getInteger("postern.lifecycle.logins", 100);
  private static final Duration START = Duration.ofSeconds(90);

  /** What a connection saw. */
  private enum Seen {
    LOGGED_IN,
    REFUSED,
    CUT,
    TOLD_TO_GO,
    OTHER
  }

  @Test
  void showsWhichConnectionsSawWhat() throws Exception {
    PeerFolder folder = PeerFolder.make();
    PeerCertificates certificates = PeerCertificates.make(folder.path());
    int port = FreePorts.one();
    try (folder;
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, certificates, mail.upstreams(), "  database: \"sqlite:postern.db\"");
      edit(
          site,
          "{ protocol: imap,       bind: \"127.0.0.1:0\", tls: none }",
          "{ protocol: imap, bind: \"127.0.0.1:" + port + "\", tls: none }");
      edit(
          site,
          "drain: { before-login: 0s, relays: 0s } }",
          "drain: { before-login: 5s, relays: 60s }, sessions: { per-credential: 1000,"
              + " per-user: 1000, per-user-and-network: 1000 }, before-login: { per-address: 1000 } }");
      List<String> table = new ArrayList<>();
      PosternServer running = site.serve("first");
      try {
        List<Account> accounts =
            site.accounts(
                IntStream.range(0, 50).mapToObj(i -> "user" + i + "@example.test").toList(),
                "idle");
        List<ImapSession> idle = new ArrayList<>();
        for (int i = 0; i < IDLE; i++) {
          idle.add(ImapSession.attempt(port, accounts.get(i % accounts.size())));
        }
        assertThat(idle).allMatch(ImapSession::isAccepted);

        PosternServer reloaded = running;
        Load reload =
            Load.during(
                port,
                accounts,
                () -> {
                  edit(site, "server: { name: localhost }", "server: { name: other.localhost }");
                  await().atMost(START).until(() -> reloads(reloaded) == 1);
                });
        table.add(row("configuration reload", reload, idle));
        assertThat(reload.seen().keySet()).containsExactly(Seen.LOGGED_IN);
        assertThat(ended(idle)).isZero();

        PeerCertificates renewed =
            PeerCertificates.make(Files.createDirectories(folder.path().resolve("renewed")));
        Load renewal =
            Load.during(
                port,
                accounts,
                () -> {
                  copy(renewed.certificate(), certificates.certificate());
                  copy(renewed.privateKey(), certificates.privateKey());
                  await().atMost(START).until(() -> reloads(reloaded) == 2);
                });
        table.add(row("certificate change", renewal, idle));
        assertThat(renewal.seen().keySet()).containsExactly(Seen.LOGGED_IN);
        assertThat(ended(idle)).isZero();

        List<PosternServer> next = new ArrayList<>();
        Load takeOver =
            Load.during(
                port,
                accounts,
                () ->
                    next.add(
                        PosternServer.start(site, "second", site.command("serve", "--take-over"))));
        table.add(row("take-over", takeOver, idle));
        assertThat(takeOver.seen().keySet()).containsExactly(Seen.LOGGED_IN);
        assertThat(ended(idle)).isZero();
        idle.forEach(ImapSession::close);
        await().atMost(START).until(() -> !reloaded.process().isAlive());

        List<ImapSession> others =
            IntStream.range(0, IDLE)
                .mapToObj(i -> ImapSession.attempt(port, accounts.get(i % accounts.size())))
                .toList();
        PosternServer second = next.getFirst();
        edit(site, "relays: 60s", "relays: 1s");
        await().atMost(START).until(() -> reloads(second) == 1);
        running = second;
        Load restart =
            Load.during(
                port,
                accounts,
                () -> {
                  second.close();
                  next.add(site.serve("third"));
                });
        running = next.getLast();
        table.add(row("stop, then start", restart, others));
        assertThat(ended(others)).isEqualTo(IDLE);
      } finally {
        running.close();
        System.out.println(header());
        table.forEach(System.out::println);
      }
    }
  }

  /** Logins at a steady rate while something is done. */
  private record Load(Map<Seen, AtomicInteger> seen) {

    interface Deed {
      void run() throws Exception;
    }

    static Load during(int port, List<Account> accounts, Deed deed) throws Exception {
      Map<Seen, AtomicInteger> seen = new ConcurrentHashMap<>();
      AtomicInteger number = new AtomicInteger();
      try (var clients = Executors.newVirtualThreadPerTaskExecutor();
          ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
        var _ =
            clock.scheduleAtFixedRate(
                () ->
                    clients.execute(() -> {
                      Account account = accounts.get(number.getAndIncrement() % accounts.size());
                      seen.computeIfAbsent(logIn(port, account), _ -> new AtomicInteger())
                          .incrementAndGet();
                    }),
                0,
                1_000_000 / LOGINS_A_SECOND,
                TimeUnit.MICROSECONDS);
        try {
          int before = number.get() + LOGINS_A_SECOND;
          await().atMost(START).until(() -> number.get() >= before);
          deed.run();
          int after = number.get() + LOGINS_A_SECOND;
          await().atMost(START).until(() -> number.get() >= after);
        } finally {
          clock.shutdownNow();
        }
      }
      return new Load(new EnumMap<>(seen));
    }

    int of(Seen what) {
      AtomicInteger count = seen.get(what);
      return count == null ? 0 : count.get();
    }
  }

  private static Seen logIn(int port, Account account) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String line = lines.readLine();
      if (line != null && line.startsWith("* OK")) {
        socket
            .getOutputStream()
            .write(
                ("a LOGIN " + account.user() + " " + account.password() + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        line = lines.readLine();
      }
      while (line != null) {
        if (line.startsWith("* BYE")) {
          return Seen.TOLD_TO_GO;
        }
        if (line.startsWith("a ")) {
          return line.startsWith("a OK") ? Seen.LOGGED_IN : Seen.OTHER;
        }
        line = lines.readLine();
      }
      return Seen.CUT;
    } catch (ConnectException _) {
      return Seen.REFUSED;
    } catch (IOException _) {
      return Seen.CUT;
    }
  }

  private static String header() {
    return "%-22s %9s %9s %9s %9s %9s | %s"
        .formatted("", "logged in", "refused", "cut", "told", "other", "idle sessions that ended");
  }

  private static String row(String what, Load load, List<ImapSession> idle) {
    return "%-22s %9d %9d %9d %9d %9d | %d of %d"
        .formatted(
            what,
            load.of(Seen.LOGGED_IN),
            load.of(Seen.REFUSED),
            load.of(Seen.CUT),
            load.of(Seen.TOLD_TO_GO),
            load.of(Seen.OTHER),
            ended(idle),
            idle.size());
  }

  private static int ended(List<ImapSession> idle) {
    return (int) idle.stream().filter(session -> session.end().isDone()).count();
  }

  private static int reloads(PosternServer server) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.metrics())) {
      socket
          .getOutputStream()
          .write(
              "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer
          .lines()
          .filter(line -> line.startsWith("postern_configuration_reloads_total{outcome=\"done\"}"))
          .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .findFirst()
          .orElse(0);
    }
  }

  private static void edit(PosternSite site, String from, String to) throws IOException {
    String text = Files.readString(site.configuration());
    assertThat(text).contains(from);
    Files.writeString(site.configuration(), text.replace(from, to));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
