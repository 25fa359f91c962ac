package dev.postern.bench;

import dev.postern.gateway.ManagedGateway;
import dev.postern.gateway.TokenGateway;
import dev.postern.store.sql.FilledSite;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the admin API takes in an open loop, and what it costs logins beside it: reads and creations
 * at a fixed rate, logins alone and beside them, in turns. The gateway with its API runs on the
 * first processor; start this, which brings PostgreSQL, the server and all clients, on the second,
 * {@code taskset -c 1}.
 *
 * <pre>
 *   -Dreads=1000 -Dcreations=300 -Dlogins=50     a second
 *   -Dseconds=20 -Drounds=3
 *   -Dconnections=64         to the API, which takes 100: of more it is its room that is measured
 *   -Dcredentials=300000     of a third as many users
 *   -Ddata=FOLDER            the database stays there and is not filled again
 * </pre>
 */
public final class ApiFigures {
  private static final int READS = Integer.getInteger("reads", 1_000);
  private static final int CREATIONS = Integer.getInteger("creations", 300);
  private static final int LOGINS = Integer.getInteger("logins", 50);
  private static final int SECONDS = Integer.getInteger("seconds", 20);
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final int CONNECTIONS = Integer.getInteger("connections", 64);
  private static final int CREDENTIALS = Integer.getInteger("credentials", 300_000);

  /** Who logs in: as many as come again while their rows are in memory. */
  private static final int USUAL = 1_000;

  private static final int PAGES = 300;

  /** So long that what has one processor beside it all has compiled what it runs. */
  private static final int WARM_UP_SECONDS = 90;

  private static final int PATIENCE_MILLIS = 30_000;

  private final FilledSite site;
  private final int imapPort;
  private final ApiClient api;
  private final AtomicInteger made = new AtomicInteger();

  /** Labels of a run are others than those that the runs before left in a database that stays. */
  private final String run = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);

  private ApiFigures(FilledSite site, int imapPort, int adminPort) {
    this.site = site;
    this.imapPort = imapPort;
    this.api = new ApiClient(adminPort, site.token(), CONNECTIONS);
  }

  /** Prints a line for each phase. */
  public static void main(String[] arguments) throws Exception {
    Optional<Path> kept = Optional.ofNullable(System.getProperty("data")).map(Path::of);
    boolean isFilled = kept.filter(Files::exists).isPresent();
    Path folder = kept.isPresent() ? kept.get() : Files.createTempDirectory("postern-bench-");
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setDataDirectory(folder)
                .setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("shared_buffers", "1GB")
                .setServerConfig("max_wal_size", "8GB")
                .start();
        ServerSocket upstream = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> TokenServer.serve(upstream));
      String database = "postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres";
      FilledSite site = FilledSite.in(TokenGateway.database(database), CREDENTIALS, isFilled);
      Path log = Files.createTempFile("postern-bench-", ".log");
      System.out.println("the gateway's log: " + log);
      Process gateway = gateway(database, upstream.getLocalPort(), log);
      try (BufferedReader said = gateway.inputReader(StandardCharsets.US_ASCII)) {
        String[] ports = ports(said);
        new ApiFigures(site, Integer.parseInt(ports[1]), Integer.parseInt(ports[2])).measure();
      } finally {
        gateway.getOutputStream().close();
        Process _ = gateway.onExit().join();
      }
    } finally {
      if (kept.isEmpty()) {
        Folders.delete(folder);
      }
    }
  }

  private static Process gateway(String database, int upstreamPort, Path log) throws IOException {
    return new ProcessBuilder(
            "taskset",
            "-c",
            "0",
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:+UseParallelGC",
            "-XX:GCTimeRatio=399",
            "-Xms32m",
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            ManagedGateway.class.getName(),
            database,
            Integer.toString(upstreamPort))
        .redirectError(ProcessBuilder.Redirect.to(log.toFile()))
        .start();
  }

  private static String[] ports(BufferedReader said) throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith("ports ")) {
        return line.split(" ", -1);
      }
    }
    throw new IOException("the gateway has ended");
  }

  private void measure() throws Exception {
    System.out.printf(Locale.ROOT, "%,d app passwords%n", CREDENTIALS);
    phase("warming up", WARM_UP_SECONDS, LOGINS, READS / 2, CREATIONS / 2);
    for (int round = 1; round <= ROUNDS; round++) {
      double alone = phase("logins alone", SECONDS, LOGINS, 0, 0);
      double reads = phase("and reads", SECONDS, LOGINS, READS, 0);
      double creations = phase("and creations", SECONDS, LOGINS, 0, CREATIONS);
      System.out.printf(
          Locale.ROOT,
          "  logins' median beside reads %.2f, beside creations %.2f of alone%n",
          reads / alone,
          creations / alone);
    }
    pages();
  }

  /** The median of logins. */
  private double phase(String name, int seconds, int logins, int reads, int creations)
      throws IOException, InterruptedException {
    StolenTime stolen = StolenTime.fromNow();
    OpenArrivals login = new OpenArrivals("logins", logins, this::logIn);
    OpenArrivals read = new OpenArrivals("reads", reads, this::read);
    OpenArrivals creation = new OpenArrivals("creations", creations, this::create);
    for (OpenArrivals each : List.of(login, read, creation)) {
      each.start(seconds);
    }
    System.out.printf("%-14s", name);
    for (OpenArrivals each : List.of(login, read, creation)) {
      System.out.print(each.summary());
    }
    System.out.printf(Locale.ROOT, "  (%.0f %% stolen)%n", stolen.percent());
    return login.median();
  }

  private String readTarget(Random random) {
    int user = random.nextInt(site.users());
    String name = URLEncoder.encode(site.name(user), StandardCharsets.UTF_8);
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> "/users/" + name;
      case 4, 5, 6 -> "/users/" + name + "/app-passwords";
      case 7, 8 -> "/app-passwords/" + site.appPassword(user);
      default -> "/users?limit=20&startsWith=" + site.name(user).substring(0, 9);
    };
  }

  private void read(Random random) throws IOException {
    api.expect(200, "GET", readTarget(random), "");
  }

  private void create(Random random) throws IOException {
    String name =
        URLEncoder.encode(site.name(random.nextInt(site.users())), StandardCharsets.UTF_8);
    api.expect(
        201,
        "POST",
        "/users/" + name + "/app-passwords",
        "{\"label\":\"" + run + " " + made.incrementAndGet() + "\"}");
  }

  private void logIn(Random random) throws IOException {
    int user = random.nextInt(USUAL);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), imapPort)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      TokenServer.Lines lines = new TokenServer.Lines(socket);
      String line = lines.read();
      lines.write("a LOGIN " + site.name(user) + " " + site.secret(user));
      while (line.startsWith("* ")) {
        line = lines.read();
      }
      if (!line.startsWith("a OK")) {
        throw new IOException(line);
      }
    }
  }

  /** Each page one after the other, with nothing beside it, for the second time. */
  private void pages() throws IOException {
    Map<String, String> lists =
        Map.of(
            "app passwords", "/app-passwords?limit=100",
            "active ones", "/app-passwords?limit=100&state=active",
            "revoked ones", "/app-passwords?limit=100&state=revoked",
            "users", "/users?limit=100",
            "users of a domain", "/users?limit=100&domain=example.com",
            "users by their beginning", "/users?limit=100&startsWith=user0");
    for (Map.Entry<String, String> list : lists.entrySet()) {
      Paging paging = new Paging(api, list.getValue());
      double[] _ = paging.walk(PAGES);
      StolenTime stolen = StolenTime.fromNow();
      double[] millis = paging.walk(PAGES);
      System.out.printf(
          Locale.ROOT,
          "a page of 100 %-25s %d pages: p50 %.2f, p99 %.2f, most %.2f ms  (%.0f %% stolen)%n",
          list.getKey(),
          millis.length,
          Percentiles.of(millis, 0.5),
          Percentiles.of(millis, 0.99),
          Percentiles.of(millis, 1),
          stolen.percent());
    }
  }
}
