package dev.postern.bench;

import dev.postern.gateway.GatewayUnderTest;
import dev.postern.store.sql.ClassedUsers;
import dev.postern.store.sql.ClassedUsers.Form;
import dev.postern.store.sql.ClassedUsers.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Whether the time until a refusal tells why: from the last byte of LOGIN to the first of the
 * reply, at the client's socket, for each class of refusal in random order. With a failure delay
 * many connections wait at once.
 *
 * <p>{@code -Dattempts=20000} of each class, {@code -Dconnections=1000} with a failure delay, one
 * without; {@code -Dleak=20us} makes the verifier that much slower for names that nobody has, which
 * must be found.
 */
public final class TimingAtTheSocket {
  private static final int ATTEMPTS = Integer.getInteger("attempts", 20_000);
  private static final int CONNECTIONS = 1_000;
  private static final int WARM_UP = Math.min(2_000, ATTEMPTS);

  /** So few that there is room for the first slow hash of each, which is remembered. */
  private static final int FIRST_CONNECTIONS = 100;

  private static final List<Refused> CLASSES = List.of(Refused.values());

  private static final Duration SETTLING = Duration.ofMillis(1);

  /** The gateway hangs up after 250 commands. */
  private static final int ATTEMPTS_A_CONNECTION = 200;

  /** Of a class; they are tried again. */
  private static final int UNAVAILABLE_AT_MOST = Math.max(10, ATTEMPTS / 100);

  private TimingAtTheSocket() {}

  /**
   * Measures and prints.
   *
   * @param arguments the form ({@code keyed}, {@code argon2id}, {@code imported}), the state
   *     ({@code warm}, {@code cold}, {@code new}), and the failure delay in seconds
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Form form = Form.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    State state = State.valueOf(arguments[1].toUpperCase(Locale.ROOT));
    Duration delay = Duration.ofSeconds(Integer.parseInt(arguments[2]));
    String leak = System.getProperty("leak", "0us");
    long leakNanos = 1000 * Long.parseLong(leak.replace("us", ""));
    Path folder = Files.createTempDirectory("postern-bench-");
    try (ClassedUsers users = ClassedUsers.open(folder.resolve("timing.db"), form);
        GatewayUnderTest gateway =
            GatewayUnderTest.start(
                users.store(),
                verifier ->
                    leakNanos == 0
                        ? verifier
                        : new LeakingVerifier(
                            verifier, ClassedUsers.prefix(Refused.UNKNOWN_USER), leakNanos),
                delay)) {
      System.out.printf(
          Locale.ROOT,
          "%s, %s, failure delay %d s, %d attempts of each class, leak %s%n",
          arguments[0],
          arguments[1],
          delay.toSeconds(),
          ATTEMPTS,
          leak);
      int connections = Integer.getInteger("connections", delay.isZero() ? 1 : CONNECTIONS);
      int warmUp = delay.isZero() ? WARM_UP : ClassedUsers.EACH;
      new Run(gateway.address(), state, users, warmUp)
          .over(Math.min(connections, FIRST_CONNECTIONS));
      Run run = new Run(gateway.address(), state, users, ATTEMPTS);
      run.over(connections);
      print(run.micros);
      System.out.println("tried again because it was unavailable: " + run.unavailable);
    } finally {
      Folders.delete(folder);
    }
  }

  /** What is known of a user when he attempts to log in. */
  private enum State {
    /** His rows. */
    WARM,
    /** That his secret was right once, if it was. */
    COLD,
    /** Nothing. */
    NEW;

    Preparation of(ClassedUsers users) {
      return switch (this) {
        case WARM -> (_, _) -> {};
        case COLD -> users::forgetRows;
        case NEW -> users::forgetUser;
      };
    }
  }

  /** What is done before one of the users attempts to log in. */
  private interface Preparation {
    void of(Refused refused, int user);
  }

  private static void print(double[][] micros) {
    System.out.printf(
        Locale.ROOT, "%-14s %12s %12s %12s %12s%n", "µs", "p10", "median", "p90", "trimmed mean");
    for (int i = 0; i < micros.length; i++) {
      double[] sorted = micros[i].clone();
      Arrays.sort(sorted);
      System.out.printf(
          Locale.ROOT,
          "%-14s %12.2f %12.2f %12.2f %12.2f%n",
          CLASSES.get(i).name().toLowerCase(Locale.ROOT).replace('_', ' '),
          Percentiles.ofSorted(sorted, 0.1),
          Percentiles.ofSorted(sorted, 0.5),
          Percentiles.ofSorted(sorted, 0.9),
          Percentiles.trimmedMean(sorted));
    }
    for (RoundsTest.Finding finding : RoundsTest.test(micros, new Random(1))) {
      System.out.println(finding.print(CLASSES));
    }
  }

  /** Rounds in which each class comes once, in random order. */
  private static final class Run {
    private final InetSocketAddress gateway;
    private final State state;
    private final Preparation before;
    private final double[][] micros;
    private final List<int[]> rounds = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicIntegerArray unavailable = new AtomicIntegerArray(CLASSES.size());

    /** One connection has failed: the others need not go on. */
    private volatile boolean isOver;

    Run(InetSocketAddress gateway, State state, ClassedUsers users, int attempts) {
      this.gateway = gateway;
      this.state = state;
      this.before = state.of(users);
      this.micros = new double[CLASSES.size()][attempts];
      Random random = new Random(attempts);
      List<Integer> order = new ArrayList<>(IntStream.range(0, CLASSES.size()).boxed().toList());
      for (int i = 0; i < attempts; i++) {
        Collections.shuffle(order, random);
        rounds.add(order.stream().mapToInt(Integer::intValue).toArray());
      }
    }

    /** Each connection takes what is next, when its last one is answered. */
    void over(int connections) throws IOException, InterruptedException {
      if (connections == 1) {
        connectAndWork(0);
        return;
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
          int number = i;
          workers.add(
              threads.submit(() -> {
                try {
                  connectAndWork(number);
                } catch (IOException | RuntimeException e) {
                  isOver = true;
                  throw e;
                }
                return null;
              }));
        }
        for (Future<?> worker : workers) {
          worker.get();
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }

    private void connectAndWork(int connection) throws IOException {
      while (next.get() < rounds.size() * CLASSES.size() && !isOver) {
        work(connection);
      }
    }

    private void work(int connection) throws IOException {
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        // From many networks: slow hashes are fair between them.
        byte[] from = {127, 1, (byte) (connection % 250), 1};
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(from), 0));
        socket.connect(gateway);
        InputStream in = socket.getInputStream();
        String _ = line(in);
        for (int i = 0; i < ATTEMPTS_A_CONNECTION && !isOver; i++) {
          int number = next.getAndIncrement();
          if (number >= rounds.size() * CLASSES.size()) {
            return;
          }
          int round = number / CLASSES.size();
          int refused = rounds.get(round)[number % CLASSES.size()];
          Optional<Double> measured = time(socket, in, CLASSES.get(refused), round);
          while (measured.isEmpty()) {
            requireFew(unavailable.incrementAndGet(refused));
            measured = time(socket, in, CLASSES.get(refused), round);
          }
          micros[refused][round] = measured.get();
        }
      }
    }

    /** What it sets going in the background has ended when the attempt begins. */
    private void prepare(Refused refused, int user) {
      before.of(refused, user);
      if (state != State.WARM) {
        LockSupport.parkNanos(SETTLING.toNanos());
      }
    }

    private static byte[] command(Refused refused, int user) {
      return ("a1 LOGIN "
              + ClassedUsers.name(refused, user)
              + " "
              + ClassedUsers.secret(refused, user)
              + "\r\n")
          .getBytes(StandardCharsets.US_ASCII);
    }

    private static void requireFew(int unavailable) {
      if (unavailable > UNAVAILABLE_AT_MOST) {
        throw new IllegalStateException("no room for slow hashes: take fewer -Dconnections");
      }
    }

    /** Nothing if there was no room for the slow hash, which tells nothing about the time. */
    private Optional<Double> time(Socket socket, InputStream in, Refused refused, int round)
        throws IOException {
      int user = round % ClassedUsers.EACH;
      byte[] command = command(refused, user);
      prepare(refused, user);
      long start = System.nanoTime();
      socket.getOutputStream().write(command);
      int first = in.read();
      double micros = (System.nanoTime() - start) / 1e3;
      String reply = (char) first + line(in);
      if (reply.startsWith("a1 NO [UNAVAILABLE]")) {
        return Optional.empty();
      }
      if (!reply.startsWith("a1 NO [AUTHENTICATIONFAILED]")) {
        throw new UncheckedIOException(new IOException("not the refusal it should be: " + reply));
      }
      return Optional.of(micros);
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("the gateway hung up");
        }
        line.append((char) c);
      }
      return line.toString();
    }
  }
}
