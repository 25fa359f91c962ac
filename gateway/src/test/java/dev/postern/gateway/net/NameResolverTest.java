package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NameResolverTest {
  private final MockTicker ticker = Ticker.newMockTicker();
  private final AtomicInteger lookUps = new AtomicInteger();
  private final CountDownLatch answers = new CountDownLatch(1);
  private final InetAddress somewhere = InetAddress.getLoopbackAddress();
  private final NameResolver names = new NameResolver(this::lookUp, ticker);

  @AfterEach
  void close() {
    names.close();
  }

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    lookUps.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (host.startsWith("no")) {
      throw new UnknownHostException(host);
    }
    return new InetAddress[] {somewhere};
  }

  @Test
  void allWhoAskMeanwhileShareOneLookUp() {
    List<CompletableFuture<List<InetAddress>>> asked =
        IntStream.range(0, 5000).mapToObj(_ -> names.resolve("mail.test")).toList();
    answers.countDown();
    assertThat(asked).allSatisfy(answer -> assertThat(answer.join()).containsExactly(somewhere));
    assertThat(lookUps).hasValue(1);
  }

  @Test
  void whoGivesUpDoesSoAlone() {
    CompletableFuture<List<InetAddress>> impatient = names.resolve("mail.test");
    CompletableFuture<List<InetAddress>> patient = names.resolve("mail.test");
    impatient.completeExceptionally(new UnknownHostException("no answer"));
    answers.countDown();
    assertThat(patient.join()).containsExactly(somewhere);
  }

  @Test
  void anAnswerIsKeptForAWhile() {
    answers.countDown();
    names.resolve("mail.test").join();
    ticker.advance(NameResolver.KEPT.toNanos() - 1, TimeUnit.NANOSECONDS);
    assertThat(names.resolve("mail.test")).isCompleted();
    assertThat(lookUps).hasValue(1);
    ticker.advance(1, TimeUnit.NANOSECONDS);
    names.resolve("mail.test").join();
    assertThat(lookUps).hasValue(2);
  }

  @Test
  void aFailureIsNotKept() {
    answers.countDown();
    assertThatThrownBy(() -> names.resolve("no.test").join())
        .hasCauseInstanceOf(UnknownHostException.class);
    assertThatThrownBy(() -> names.resolve("no.test").join())
        .hasCauseInstanceOf(UnknownHostException.class);
    assertThat(lookUps).hasValue(2);
  }

  @Test
  void aLiteralIsItsOwnAnswer() {
    assertThat(names.resolve("127.0.0.1").join()).containsExactly(somewhere);
    assertThat(lookUps).hasValue(0);
  }

  @Test
  void whatIsLookedUpAtOnceIsBounded() {
    List<CompletableFuture<List<InetAddress>>> asked =
        IntStream.range(0, 300).mapToObj(i -> names.resolve("host" + i + ".test")).toList();
    assertThatThrownBy(() -> asked.getLast().join())
        .hasCauseInstanceOf(RejectedExecutionException.class);
    answers.countDown();
    assertThat(asked.getFirst().join()).containsExactly(somewhere);
  }
}
