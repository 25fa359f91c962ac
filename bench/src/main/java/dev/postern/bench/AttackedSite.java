package dev.postern.bench;

import dev.postern.gateway.AttackedGateway;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.sql.BenchConfig;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A gateway in a process of its own on the first processor, with a thousand users and a stub of a
 * server behind it that says yes to everything; and right logins there. Every connection begins
 * with a PROXY header. Closing stops it and takes its folder away.
 */
final class AttackedSite implements AutoCloseable {
  static final int USERS = 1_000;
  private static final int PATIENCE_MILLIS = 30_000;

  /** Longer than any line, in bytes: one call of the system reads it. */
  private static final int LINE = 512;

  private static final Pattern ANSWER = Pattern.compile("(ports|memory)( [0-9]+)+");

  private final Path folder = Files.createTempDirectory("postern-bench-");
  private final ServerSocket upstream = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConcurrentLinkedQueue<String> refused = new ConcurrentLinkedQueue<>();
  private final List<Account> accounts;
  private final Process gateway;
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final OutputStream heard;
  private final int port;
  private final int tlsPort;

  private record Account(String name, String secret) {}

  /** What the gateway holds after a collection, in bytes. */
  record Memory(long heap, long buffers, long resident) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "heap %.1f MB, buffers %.1f MB, resident %.1f MB",
          heap / 1e6,
          buffers / 1e6,
          resident / 1e6);
    }
  }

  /**
   * Starts it.
   *
   * @param isTls also with a listener for TLS; openssl makes its certificate
   * @param options more for its JVM
   */
  AttackedSite(boolean isTls, String... options) throws IOException, InterruptedException {
    Path database = folder.resolve("attack.db");
    accounts = accounts(database);
    Thread.ofVirtual().start(() -> serve(upstream));
    List<String> command =
        new ArrayList<>(
            List.of(
                "taskset",
                "-c",
                "0",
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseParallelGC",
                "-XX:GCTimeRatio=399",
                "-Xms32m",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(options));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            AttackedGateway.class.getName(),
            database.toString(),
            Integer.toString(upstream.getLocalPort())));
    if (isTls) {
      command.add(certificate().toString());
    }
    gateway = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Thread.ofVirtual().start(() -> hear(gateway.inputReader(StandardCharsets.US_ASCII)));
    heard = gateway.getOutputStream();
    String[] ports = answer("ports");
    port = Integer.parseInt(ports[0]);
    tlsPort = isTls ? Integer.parseInt(ports[1]) : 0;
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  InetSocketAddress tlsAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), tlsPort);
  }

  Memory memory() throws IOException, InterruptedException {
    heard.write('\n');
    heard.flush();
    String[] numbers = answer("memory");
    return new Memory(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }

  /** All of it, so that it never waits for a reader; its answers are kept. */
  private void hear(BufferedReader out) {
    out.lines().filter(ANSWER.asMatchPredicate()).forEach(said::add);
    said.add("");
  }

  /** The words behind that one, in the next answer. */
  private String[] answer(String word) throws IOException, InterruptedException {
    String line = said.take();
    if (!line.startsWith(word + " ")) {
      throw new IOException("the gateway has ended");
    }
    return line.substring(word.length() + 1).split(" ", -1);
  }

  /** Runs on a thread of its own; what it throws is left to it. */
  void run(Runnable task) {
    var _ = threads.submit(task);
  }

  /** Starts arrivals at random times for so long, each on a thread of its own. */
  void arrive(int seconds, int aSecond, Arrival arrival) {
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
      run(() -> arrival.arrive(own));
    }
  }

  interface Arrival {
    void arrive(Random random);
  }

  /**
   * Right logins as in {@link #logins}.
   *
   * @throws IllegalStateException if one was refused
   */
  double[] rightLogins(String phase, int seconds, int aSecond) throws InterruptedException {
    double[] millis = logins(phase, seconds, aSecond);
    requireNoneRefused();
    return millis;
  }

  /**
   * Right logins at random times, half of them from networks where nobody has been; prints a line.
   *
   * @return milliseconds from connecting to the tagged OK, sorted
   */
  double[] logins(String phase, int seconds, int aSecond) throws InterruptedException {
    ConcurrentLinkedQueue<Double> millis = new ConcurrentLinkedQueue<>();
    refused.clear();
    arrive(
        seconds,
        aSecond,
        random -> {
          Account account = accounts.get(random.nextInt(USERS));
          long start = System.nanoTime();
          String answer =
              logIn(
                  random.nextBoolean() ? "198.51.100." + random.nextInt(250) : stranger(random),
                  account.name(),
                  account.secret());
          if (answer.startsWith("a OK")) {
            millis.add((System.nanoTime() - start) / 1e6);
          } else {
            refused.add(answer);
          }
        });
    Thread.sleep(2_000); // for the last
    double[] sorted = millis.stream().mapToDouble(m -> m).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "%-10s %,d right logins (%d refused): median %.2f ms, p99 %.2f ms%n",
        phase,
        sorted.length,
        refused.size(),
        Percentiles.ofSorted(sorted, 0.5),
        Percentiles.ofSorted(sorted, 0.99));
    return sorted;
  }

  /**
   * Looks at the last of these phases.
   *
   * @throws IllegalStateException if a right login was refused in it
   */
  void requireNoneRefused() {
    if (!refused.isEmpty()) {
      throw new IllegalStateException(
          refused.size() + " right logins were refused: " + refused.peek());
    }
  }

  private static String stranger(Random random) {
    return "172."
        + (16 + random.nextInt(16))
        + "."
        + random.nextInt(256)
        + "."
        + random.nextInt(250);
  }

  String user(Random random) {
    return accounts.get(random.nextInt(USERS)).name();
  }

  /** The tagged answer, or what came instead. */
  String logIn(String from, String user, String secret) {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(address(), PATIENCE_MILLIS);
      InputStream in = new BufferedInputStream(socket.getInputStream(), LINE);
      write(socket, proxied(from));
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
    } catch (IOException e) {
      return "connection lost: " + e.getMessage();
    }
  }

  /** What a proxy says before anything else. */
  static String proxied(String from) {
    return "PROXY TCP4 " + from + " 192.0.2.1 40000 143\r\n";
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
      InputStream in = new BufferedInputStream(socket.getInputStream(), LINE);
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
              new Actor("bench", "admin", Channel.CLI),
              (IssuedAppPassword issued) ->
                  accounts.add(
                      new Account(
                          issued.appPassword().user(),
                          issued
                              .secret()
                              .expose(bytes -> new String(bytes, StandardCharsets.US_ASCII)))));
    }
    return accounts;
  }

  /** A folder with {@code cert.pem} and {@code key.pem}. */
  private Path certificate() throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=bench.test",
                "-addext",
                "subjectAltName=DNS:bench.test",
                "-keyout",
                folder.resolve("key.pem").toString(),
                "-out",
                folder.resolve("cert.pem").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    if (exit != 0) {
      throw new IOException("openssl makes no certificate");
    }
    return folder;
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    heard.close();
    Process _ = gateway.onExit().join();
    upstream.close();
    Folders.delete(folder);
  }
}
