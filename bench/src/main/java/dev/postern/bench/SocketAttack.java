package dev.postern.bench;

import dev.postern.gateway.AttackedGateway;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.sql.BenchConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * How long right logins take, from connecting to the tagged OK, while wrong passwords arrive over
 * sockets from ten thousand addresses, against a quiet gateway. The gateway runs on the first
 * processor; start this on the second, {@code taskset -c 1}. Every connection begins with a PROXY
 * header; behind the gateway a stub of a server says yes to everything.
 *
 * <p>{@code -Dseconds=60} of attack, {@code -Dwrong=1000} a second. Ends with an error if a right
 * login was refused.
 */
public final class SocketAttack {
  private static final int SECONDS = Integer.getInteger("seconds", 60);
  private static final int WRONG_A_SECOND = Integer.getInteger("wrong", 1_000);
  private static final int RIGHT_A_SECOND = 20;
  private static final int QUIET_SECONDS = 30;
  private static final int USERS = 1_000;
  private static final int ADDRESSES = 10_000;
  private static final int PATIENCE_MILLIS = 30_000;

  private final int port;
  private final List<Account> accounts;
  private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private record Account(String name, byte[] secret) {}

  private SocketAttack(int port, List<Account> accounts) {
    this.port = port;
    this.accounts = accounts;
  }

  /** Prints a line for each phase. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("postern-bench-");
    Path database = folder.resolve("attack.db");
    List<Account> accounts = accounts(database);
    try (ServerSocket upstream = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(upstream));
      Process gateway = gateway(database, upstream.getLocalPort());
      try {
        new SocketAttack(portOf(gateway), accounts).run();
      } finally {
        gateway.getOutputStream().close();
        int _ = gateway.waitFor();
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private void run() throws InterruptedException {
    var _ = phase("warming up", 10, 0);
    double[] quiet = phase("quiet", QUIET_SECONDS, 0);
    double[] attacked = phase("attacked", SECONDS, WRONG_A_SECOND);
    System.out.printf(
        Locale.ROOT,
        "ratio: median %.2f, p99 %.2f%n",
        Percentiles.ofSorted(attacked, 0.5) / Percentiles.ofSorted(quiet, 0.5),
        Percentiles.ofSorted(attacked, 0.99) / Percentiles.ofSorted(quiet, 0.99));
    threads.shutdownNow();
  }

  /** Milliseconds of each right login, sorted. */
  private double[] phase(String name, int seconds, int wrongASecond) throws InterruptedException {
    ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
    answers.clear();
    Thread wrong =
        Thread.ofPlatform()
            .start(() -> {
              if (wrongASecond > 0) {
                arrive(seconds, wrongASecond, random -> wrong(random));
              }
            });
    arrive(seconds, RIGHT_A_SECOND, random -> right(random, millis, refused));
    wrong.join();
    Thread.sleep(2_000); // for the last right ones
    if (!refused.isEmpty()) {
      throw new IllegalStateException("a right login was refused: " + refused.peek());
    }
    double[] sorted = millis.stream().mapToDouble(m -> m).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-10s %,d right logins (%d refused): median %.2f ms, p99 %.2f ms; wrong ones: %s%n",
        name,
        sorted.length,
        refused.size(),
        Percentiles.ofSorted(sorted, 0.5),
        Percentiles.ofSorted(sorted, 0.99),
        answers);
    return sorted;
  }

  private interface Arrival {
    void arrive(Random random) throws IOException;
  }

  /** Starts them at random times, each on a thread of its own. */
  private void arrive(int seconds, int aSecond, Arrival arrival) {
    Random random = new Random(aSecond);
    long start = System.nanoTime();
    for (double due = 0;
        due < seconds * 1e9;
        due += -Math.log(1 - random.nextDouble()) * 1e9 / aSecond) {
      for (long left = (long) due - (System.nanoTime() - start);
          left > 0;
          left = (long) due - (System.nanoTime() - start)) {
        LockSupport.parkNanos(left);
      }
      Random own = new Random(random.nextLong());
      var _ =
          threads.submit(() -> {
            try {
              arrival.arrive(own);
            } catch (IOException e) {
              count("connection lost: " + e.getMessage());
            }
          });
    }
  }

  private void right(
      Random random, ConcurrentLinkedQueue<Double> millis, ConcurrentLinkedQueue<String> refused)
      throws IOException {
    Account account = accounts.get(random.nextInt(USERS));
    String secret = new String(account.secret(), StandardCharsets.US_ASCII);
    long start = System.nanoTime();
    String answer = logIn("198.51.100." + random.nextInt(250), account.name(), secret);
    if (answer.startsWith("a OK")) {
      millis.add((System.nanoTime() - start) / 1e6);
    } else {
      refused.add(answer);
    }
  }

  private void wrong(Random random) throws IOException {
    int address = random.nextInt(ADDRESSES);
    String answer =
        logIn(
            "10." + address / 250 + "." + address % 250 + ".1",
            accounts.get(random.nextInt(USERS)).name(),
            String.format(Locale.ROOT, "%016d", random.nextLong(1_000_000_000_000L)));
    count(answer.replaceAll("^(a NO \\[[A-Z]+\\]|\\* BYE).*", "$1"));
  }

  private void count(String answer) {
    answers.computeIfAbsent(answer, _ -> new LongAdder()).increment();
  }

  /** The tagged answer, or what came instead. */
  private String logIn(String from, String user, String secret) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      InputStream in = socket.getInputStream();
      write(socket, "PROXY TCP4 " + from + " 192.0.2.1 40000 143\r\n");
      String greeting = line(in);
      if (!greeting.startsWith("* OK")) {
        return greeting;
      }
      write(socket, "a LOGIN " + user + " " + secret + "\r\n");
      String answer = line(in);
      while (answer.startsWith("* ") && !answer.startsWith("* BYE")) {
        answer = line(in);
      }
      return answer;
    }
  }

  private static void serve(ServerSocket upstream) {
    while (!upstream.isClosed()) {
      try {
        Socket socket = upstream.accept();
        Thread.ofVirtual().start(() -> speak(socket));
      } catch (IOException e) {
        return; // it is over
      }
    }
  }

  private static void speak(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      write(socket, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        write(socket, line.substring(0, line.indexOf(' ')) + " OK [CAPABILITY IMAP4rev1] done\r\n");
      }
    } catch (IOException e) {
      // The gateway has closed.
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Without its end; empty at the end of the stream. */
  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n' && c >= 0; c = in.read()) {
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  private static Process gateway(Path database, int upstream) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "taskset",
                "-c",
                "0",
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xms32m",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                AttackedGateway.class.getName(),
                database.toString(),
                Integer.toString(upstream)));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static int portOf(Process gateway) throws IOException {
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(gateway.getInputStream(), StandardCharsets.US_ASCII));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith("port ")) {
        // What it says besides is read, so that it never waits for that.
        Thread.ofVirtual().start(() -> out.lines().forEach(_ -> {}));
        return Integer.parseInt(line.substring("port ".length()));
      }
    }
    throw new IOException("the gateway did not start");
  }

  private static List<Account> accounts(Path database) {
    List<Account> accounts = new ArrayList<>();
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
            BenchConfig.of(new StoreConfig.Database.Sqlite(database)),
            Store.Schema.MIGRATE,
            Clock.systemUTC())) {
      store
          .appPasswords()
          .createForAll(
              IntStream.range(0, USERS).mapToObj("user%06d@example.com"::formatted).toList(),
              spec,
              true,
              new Actor("bench", "admin", "cli"),
              (IssuedAppPassword issued) ->
                  accounts.add(
                      new Account(
                          issued.appPassword().user(),
                          issued.secret().expose(bytes -> bytes.clone()))));
    }
    return accounts;
  }
}
