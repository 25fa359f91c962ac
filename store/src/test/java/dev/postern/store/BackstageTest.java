package dev.postern.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.LookupPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BackstageTest {
  /** Of what follows the name in {@code /proc/thread-self/stat}: proc_pid_stat(5), number 19. */
  private static final int NICE = 19 - 3;

  @Test
  void givesWayAndWhoeverStartsItDoesNot() throws Exception {
    int before = nice();
    CompletableFuture<Integer> seen = new CompletableFuture<>();
    Thread thread = Backstage.thread("postern-quiet", () -> seen.complete(nice()));
    thread.start();
    assertThat(seen.get()).isEqualTo(Backstage.NICE);
    assertThat(nice()).isEqualTo(before).isLessThan(Backstage.NICE);
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("postern-quiet");
  }

  @Test
  void lookUpsGiveWay() throws Exception {
    try (LookupPool pool = new LookupPool(1, 1, Duration.ofMinutes(1), Ticker.disabledTicker())) {
      assertThat(pool.ask(BackstageTest::nice).get()).isEqualTo(Backstage.NICE);
    }
  }

  private static int nice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
