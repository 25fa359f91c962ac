package dev.postern.bench;

import com.sun.management.ThreadMXBean;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Workspace;
import dev.postern.store.sql.BenchConfig;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * One check of an app password in the hardened form (Argon2id with 19 MiB and two passes) against
 * Bouncy Castle as one would use it without a thought, and against libargon2 if it is installed; in
 * turns, on one thread and then on a thread for each processor at once, as in the slow pool. How
 * fast it is depends on where the collector leaves its memory: run it with the product's options.
 */
public final class Argon2Ratios {
  private static final int ROUNDS = Integer.getInteger("rounds", 200);
  private static final int WARM_UP = Math.min(30, ROUNDS);
  private static final String USER_ID = "00112233445566778899aabbccddeeff";
  private static final byte[] TYPED = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private Argon2Ratios() {}

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final int BATCH = 8;
  private static final int BATCHES = Math.max(1, ROUNDS / BATCH);

  private record Variant(
      String name, List<BooleanSupplier> calls, double[] millis, double[] bytes) {
    Variant(String name, Supplier<BooleanSupplier> ofThread) {
      this(
          name,
          Stream.generate(ofThread).limit(PROCESSORS).toList(),
          new double[ROUNDS],
          new double[ROUNDS]);
    }

    /** Hashes on this thread alone. */
    boolean hash() {
      return calls.getFirst().getAsBoolean();
    }
  }

  /** Prints the table; {@code -Drounds=200} take about a minute. */
  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    List<Variant> variants = new ArrayList<>();
    variants.add(new Variant("Postern", Argon2Ratios::ours));
    byte[] salt = new byte[16];
    byte[] expected = bouncyCastle(salt);
    variants.add(
        new Variant(
            "Bouncy Castle, default", () -> () -> Arrays.equals(bouncyCastle(salt), expected)));
    Optional<LibArgon2> library = LibArgon2.find();
    library.ifPresentOrElse(
        c ->
            variants.add(
                new Variant("libargon2", () -> () -> Arrays.equals(libArgon2(c, salt), expected))),
        () -> System.out.println("libargon2 is not installed (Debian: libargon2-1): left out"));
    run(variants);
    print(variants);
    runOnAllProcessors(variants);
  }

  private static BooleanSupplier ours() {
    Hardening hardening =
        new Hardening(List.of(BenchConfig.PEPPER), BenchConfig.PEPPER::id, new SecureRandom());
    Workspace workspace = new Workspace();
    Secret secret = Secret.owning(TYPED.clone());
    Hardened stored = hardening.store(USER_ID, secret, workspace);
    return () -> hardening.matches(stored, USER_ID, secret, workspace);
  }

  private static byte[] bouncyCastle(byte[] salt) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(Hardening.MEMORY)
            .withIterations(Hardening.PASSES)
            .withParallelism(Hardening.LANES)
            .withSalt(salt)
            .build());
    byte[] hash = new byte[Hardened.HASH_LENGTH];
    int _ = generator.generateBytes(TYPED, hash);
    return hash;
  }

  private static byte[] libArgon2(LibArgon2 library, byte[] salt) {
    return library.hash(
        Hardening.PASSES, Hardening.MEMORY, Hardening.LANES, TYPED, salt, Hardened.HASH_LENGTH);
  }

  private static void run(List<Variant> variants) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (Variant variant : variants) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        boolean isRight = variant.hash();
        long nanos = System.nanoTime() - start;
        if (!isRight) {
          throw new IllegalStateException(variant.name() + " computes another hash");
        }
        if (round >= 0) {
          variant.millis()[round] = nanos / 1e6;
          variant.bytes()[round] = threads.getCurrentThreadAllocatedBytes() - allocated;
        }
      }
    }
  }

  private static void runOnAllProcessors(List<Variant> variants)
      throws InterruptedException, ExecutionException {
    double[][] perSecond = new double[variants.size()][BATCHES];
    try (ExecutorService threads = Executors.newFixedThreadPool(PROCESSORS)) {
      for (int batch = 0; batch < BATCHES; batch++) {
        for (int v = 0; v < perSecond.length; v++) {
          long start = System.nanoTime();
          List<Future<Boolean>> ends = new ArrayList<>();
          for (BooleanSupplier call : variants.get(v).calls()) {
            ends.add(
                threads.submit(() -> {
                  boolean isRight = true;
                  for (int i = 0; i < BATCH; i++) {
                    isRight &= call.getAsBoolean();
                  }
                  return isRight;
                }));
          }
          for (Future<Boolean> end : ends) {
            if (!end.get()) {
              throw new IllegalStateException("another hash");
            }
          }
          perSecond[v][batch] = PROCESSORS * BATCH / ((System.nanoTime() - start) / 1e9);
        }
      }
    }
    for (int v = 0; v < perSecond.length; v++) {
      double[] ratios = new double[BATCHES];
      for (int i = 0; i < BATCHES; i++) {
        ratios[i] = perSecond[v][i] / perSecond[1][i];
      }
      System.out.printf(
          Locale.ROOT,
          "%d threads, %-24s %8.1f hashes a second, throughput × %.2f%n",
          PROCESSORS,
          variants.get(v).name(),
          Percentiles.of(perSecond[v], 0.5),
          Percentiles.of(ratios, 0.5));
    }
  }

  private static void print(List<Variant> variants) {
    double[] baseline = variants.get(1).millis();
    System.out.printf(
        Locale.ROOT,
        "%-24s %10s %10s %12s %14s%n",
        "",
        "least ms",
        "median ms",
        "KB a hash",
        "throughput ×");
    for (Variant variant : variants) {
      double[] ratios = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        ratios[i] = baseline[i] / variant.millis()[i];
      }
      System.out.printf(
          Locale.ROOT,
          "%-24s %10.2f %10.2f %12.1f %14.2f%n",
          variant.name(),
          Percentiles.of(variant.millis(), 0),
          Percentiles.of(variant.millis(), 0.5),
          Percentiles.of(variant.bytes(), 0.5) / 1e3,
          Percentiles.of(ratios, 0.5));
    }
  }
}
