package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

class CoarseTickerTest {

  @Test
  void goesOnByItselfUntilItIsClosed() {
    CoarseTicker ticker = CoarseTicker.start();
    long start = ticker.read();
    assertThat(start).isLessThanOrEqualTo(System.nanoTime());
    await().until(() -> ticker.read() > start);
    ticker.close();
    assertThat(ticker.read()).isLessThanOrEqualTo(System.nanoTime());
  }
}
