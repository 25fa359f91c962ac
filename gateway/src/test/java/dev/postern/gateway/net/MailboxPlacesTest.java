package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxPlacesTest {
  private static final MailboxPlaces.Key ALICE = key("alice", Scope.IMAP);

  private final MailboxPlaces places = new MailboxPlaces();
  private final List<String> served = new ArrayList<>();

  @Test
  void eachMailboxHasItsOwnInEachProtocol() {
    assertThat(take(ALICE, 1, "").hasPlace()).isTrue();
    assertThat(take(ALICE, 1, "").hasPlace()).isFalse();
    assertThat(take(key("alice", Scope.SUBMISSION), 1, "").hasPlace()).isTrue();
    assertThat(take(key("bob", Scope.IMAP), 1, "").hasPlace()).isTrue();
  }

  @Test
  void whoWaitsIsServedInOrder() {
    MailboxPlaces.Turn first = take(ALICE, 1, "first");
    MailboxPlaces.Turn second = take(ALICE, 1, "second");
    take(ALICE, 1, "third");
    first.leave();
    first.leave();
    assertThat(served).containsExactly("second");
    assertThat(second.hasPlace()).isTrue();
    second.leave();
    assertThat(served).containsExactly("second", "third");
  }

  @Test
  void whoGivesUpTheWaitIsPassedOver() {
    MailboxPlaces.Turn first = take(ALICE, 1, "first");
    take(ALICE, 1, "second").leave();
    take(ALICE, 1, "third");
    first.leave();
    assertThat(served).containsExactly("third");
  }

  @Test
  void notMoreThanEightWait() {
    take(ALICE, 2, "");
    MailboxPlaces.Turn second = take(ALICE, 2, "");
    for (int i = 0; i < 8; i++) {
      assertThat(take(ALICE, 2, "").hasPlace()).isFalse();
    }
    assertThat(places.take(ALICE, 2, () -> {})).isEmpty();
    second.leave();
    assertThat(places.take(ALICE, 2, () -> {})).isPresent();
  }

  @Test
  void aSmallerBudgetCountsThoseFromBefore() {
    MailboxPlaces.Turn first = take(ALICE, 3, "");
    MailboxPlaces.Turn second = take(ALICE, 3, "");
    take(ALICE, 1, "waiting");
    first.leave();
    assertThat(served).as("one is still there").isEmpty();
    second.leave();
    assertThat(served).containsExactly("waiting");
  }

  @Test
  void nothingIsKeptOfWhoIsGone() {
    MailboxPlaces.Turn first = take(ALICE, 1, "");
    MailboxPlaces.Turn second = take(ALICE, 1, "");
    second.leave();
    assertThat(places.isEmpty()).isFalse();
    first.leave();
    assertThat(places.isEmpty()).isTrue();
    first.leave();
    assertThat(places.isEmpty()).isTrue();
  }

  @Test
  void thereAreNeverMoreThanThereArePlaces() throws InterruptedException {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      Thread.ofPlatform()
          .start(() -> {
            for (int j = 0; j < 2000; j++) {
              Semaphore place = new Semaphore(0);
              MailboxPlaces.Turn turn = places.take(ALICE, 3, place::release).orElseThrow();
              if (!turn.hasPlace()) {
                place.acquireUninterruptibly();
              }
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              inside.decrementAndGet();
              turn.leave();
            }
            done.countDown();
          });
    }
    assertThat(done.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(most.get()).isBetween(1, 3);
    assertThat(places.isEmpty()).isTrue();
  }

  private MailboxPlaces.Turn take(MailboxPlaces.Key key, int most, String name) {
    return places.take(key, most, () -> served.add(name)).orElseThrow();
  }

  private static MailboxPlaces.Key key(String mailbox, Scope protocol) {
    return new MailboxPlaces.Key(new UpstreamMailbox("real", mailbox), protocol);
  }
}
