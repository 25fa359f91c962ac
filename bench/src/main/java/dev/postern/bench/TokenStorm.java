package dev.postern.bench;

import dev.postern.gateway.TokenGateway;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.sql.BenchConfig;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Five hundred users who log in at the same moment, all of whose access tokens have run out, at a
 * provider that takes 300 ms: every token is to be had once, and nobody to wait for longer than one
 * refresh and one login among so many. The latter is measured as well, with tokens at hand. The
 * gateway is a process of its own; provider, server and clients are this one, on the same
 * processors.
 */
public final class TokenStorm {
  private static final int USERS = Integer.getInteger("users", 500);
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final Duration DELAY = Duration.ofMillis(Integer.getInteger("delay", 300));

  /** Less than what a login is begun with: as good as over. */
  private static final Duration RUN_OUT = Duration.ofSeconds(20);

  private static final int PATIENCE_MILLIS = 60_000;

  private TokenStorm() {}

  private record Account(String name, String secret) {}

  /** What a login took, in milliseconds, and what came of it. */
  private record Login(double millis, String reply) {}

  /**
   * Measures.
   *
   * @param arguments {@code sqlite} or {@code postgres}
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("postern-bench-");
    try {
      switch (arguments[0]) {
        case "sqlite" -> measure(folder.resolve("bench.db").toString());
        case "postgres" -> {
          try (EmbeddedPostgres server =
              EmbeddedPostgres.builder()
                  .setDataDirectory(folder)
                  .setCleanDataDirectory(false)
                  .setPGStartupWait(Duration.ofSeconds(60))
                  .start()) {
            measure("postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres");
          }
        }
        default -> throw new IllegalArgumentException("sqlite or postgres");
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static void measure(String database) throws Exception {
    try (TokenEndpoint provider = new TokenEndpoint(DELAY);
        ServerSocket upstream = new ServerSocket(0, 2_000, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> TokenServer.serve(upstream));
      List<Account> accounts = accounts(database, provider);
      Process gateway =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElse("java"),
                  "-XX:+UseParallelGC",
                  "-XX:GCTimeRatio=399",
                  "-Xms32m",
                  "-Xmx512m",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  TokenGateway.class.getName(),
                  database,
                  Integer.toString(upstream.getLocalPort()),
                  provider.uri().toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader said = gateway.inputReader(StandardCharsets.US_ASCII)) {
        int port = port(said);
        provider.tokensLive(RUN_OUT);
        storm("first, in a new process", port, accounts, provider);
        for (int round = 1; round <= ROUNDS; round++) {
          provider.tokensLive(round < ROUNDS ? RUN_OUT : Duration.ofHours(1));
          storm("run out", port, accounts, provider);
        }
        for (int round = 1; round <= ROUNDS; round++) {
          storm("at hand", port, accounts, provider);
        }
      } finally {
        gateway.getOutputStream().close();
        Process _ = gateway.onExit().join();
      }
    }
  }

  private static int port(BufferedReader said) throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith("port ")) {
        return Integer.parseInt(line.substring(5));
      }
    }
    throw new IOException("the gateway has ended");
  }

  private static void storm(String what, int port, List<Account> accounts, TokenEndpoint provider)
      throws Exception {
    provider.forget();
    CountDownLatch connected = new CountDownLatch(accounts.size());
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Login>> coming = new ArrayList<>();
    List<Login> logins = new ArrayList<>();
    long start;
    long end;
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Account account : accounts) {
        coming.add(clients.submit(() -> logIn(port, account, connected, go)));
      }
      connected.await();
      start = System.nanoTime();
      go.countDown();
      for (Future<Login> login : coming) {
        logins.add(login.get());
      }
      end = System.nanoTime();
    }
    double[] millis = logins.stream().mapToDouble(Login::millis).sorted().toArray();
    List<String> refused =
        logins.stream().map(Login::reply).filter(reply -> !reply.startsWith("a OK")).toList();
    System.out.printf(
        Locale.ROOT,
        "%-24s %d logins: all in after %.0f ms; one took %.0f (median), %.0f (p99), %.0f (most) ms;"
            + " refreshes %d, at once %d, of a token used before %d; refused %d %s%n",
        what,
        logins.size(),
        (end - start) / 1e6,
        Percentiles.ofSorted(millis, 0.5),
        Percentiles.ofSorted(millis, 0.99),
        Percentiles.ofSorted(millis, 1),
        provider.arrivals().size(),
        provider.most(),
        provider.refused(),
        refused.size(),
        refused.isEmpty() ? "" : refused.getFirst());
  }

  private static Login logIn(int port, Account account, CountDownLatch connected, CountDownLatch go)
      throws IOException, InterruptedException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      TokenServer.Lines lines = new TokenServer.Lines(socket);
      String greeting = lines.read();
      connected.countDown();
      if (!greeting.startsWith("* OK")) {
        return new Login(0, greeting);
      }
      go.await();
      long start = System.nanoTime();
      lines.write("a LOGIN " + account.name() + " " + account.secret());
      String reply = lines.read();
      while (reply.startsWith("* ") && !reply.startsWith("* BYE")) {
        reply = lines.read();
      }
      return new Login((System.nanoTime() - start) / 1e6, reply);
    }
  }

  private static List<Account> accounts(String database, TokenEndpoint provider) {
    List<Account> accounts = new ArrayList<>();
    Actor actor = new Actor("bench", "admin", Channel.CLI);
    NewAppPassword spec =
        new NewAppPassword(
            "Thunderbird",
            Set.of(Scope.IMAP),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty());
    try (Store store =
        Store.open(
            BenchConfig.of(TokenGateway.database(database)),
            Store.Schema.MIGRATE,
            Clock.systemUTC())) {
      store
          .appPasswords()
          .createForAll(
              IntStream.range(0, USERS).mapToObj("user%06d@example.com"::formatted).toList(),
              spec,
              true,
              actor,
              (IssuedAppPassword issued) ->
                  accounts.add(
                      new Account(
                          issued.appPassword().user(),
                          issued
                              .secret()
                              .expose(bytes -> new String(bytes, StandardCharsets.US_ASCII)))));
      for (Account account : accounts) {
        store
            .oauthAccounts()
            .connect(
                account.name(), TokenEndpoint.UPSTREAM, provider.consentOf(account.name()), actor);
      }
    }
    return accounts;
  }
}
