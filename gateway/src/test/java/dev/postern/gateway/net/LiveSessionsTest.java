package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveSessionsTest implements Verifier, SessionEvents {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Instant EARLIER = NOW.minusMillis(300);
  private static final Standing ENDED = new Standing.Ended(RejectReason.REVOKED);
  private static final Standing HOLDS = holds(Optional.empty());

  private final List<String> asked = new ArrayList<>();
  private final List<Object> events = new ArrayList<>();
  private final List<Duration> revoked = new ArrayList<>();

  /** Lends its event loop as the one thread that asks and keeps time. */
  private final EmbeddedChannel timer = new EmbeddedChannel();

  private final LiveSessions live =
      new LiveSessions(this, this, Clock.fixed(NOW, ZoneOffset.UTC), timer.eventLoop());
  private Function<Grant, CompletionStage<Standing>> verifier =
      _ -> CompletableFuture.completedFuture(ENDED);
  private boolean isCutOff;

  @BeforeEach
  void stopTime() {
    timer.freezeTime();
    live.watch(() -> isCutOff);
  }

  @Test
  void aChangeOfTheUserIsAskedAboutAndEndsTheSession() {
    EmbeddedChannel front = front();
    register("alice", front);

    change("alice");
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aChangeOfAnotherUserIsNotAskedAbout() {
    register("alice", front());

    change("bob");

    assertThat(asked).isEmpty();
  }

  @Test
  void aChangeOfEverybodyIsAskedAboutForEverybody() {
    register("alice", front());
    register("bob", front());

    live.changed(new UserChange.OfAnybody());
    run(timer);

    assertThat(asked).containsExactlyInAnyOrder("alice phone", "bob phone");
  }

  @Test
  void oneQuestionDecidesAllSessionsOfAnAppPassword() {
    List<EmbeddedChannel> fronts = List.of(front(), front(), front());
    fronts.forEach(front -> register("alice", front));

    change("alice");
    fronts.forEach(this::run);

    assertThat(asked).containsExactly("alice phone");
    assertThat(events).hasSize(3);
  }

  @Test
  void ofTwoAppPasswordsOneEndsAlone() {
    verifier =
        grant ->
            CompletableFuture.completedFuture(grant.credentialId().equals("phone") ? ENDED : HOLDS);
    EmbeddedChannel phone = front();
    EmbeddedChannel laptop = front();
    register("alice", phone);
    live.register(
        grant("alice", "laptop", Optional.empty()), session(Scope.IMAP), live.changes(), laptop);

    change("alice");
    run(laptop);
    assertThat(events).isEmpty();
    run(phone);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void ofAUserWhoWasMovedTheSessionsAtTheOldMailboxEndAlone() {
    verifier =
        grant ->
            CompletableFuture.completedFuture(grant.upstreamUser().equals("old") ? ENDED : HOLDS);
    EmbeddedChannel old = front();
    EmbeddedChannel moved = front();
    live.register(at("old"), session(Scope.IMAP), live.changes(), old);
    live.register(at("new"), session(Scope.IMAP), live.changes(), moved);

    change("alice");
    run(moved);
    assertThat(events).isEmpty();
    run(old);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aSessionOfAProtocolThatIsNoLongerAllowedEnds() {
    verifier = _ -> CompletableFuture.completedFuture(HOLDS);
    EmbeddedChannel reading = front();
    EmbeddedChannel sending = front();
    register("alice", reading);
    Grant grant = grant("alice", "phone", Optional.empty());
    live.register(grant, session(Scope.SUBMISSION), live.changes(), sending);
    verifier =
        _ ->
            CompletableFuture.completedFuture(
                new Standing.Holds(Set.of(Scope.IMAP), List.of(), Optional.empty()));

    change("alice");
    run(reading);
    assertThat(events).isEmpty();
    run(sending);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aSessionFromANetworkThatIsNoLongerAllowedEnds() {
    EmbeddedChannel front = front();
    register("alice", front);
    Set<Scope> all = EnumSet.allOf(Scope.class);
    verifier =
        _ ->
            CompletableFuture.completedFuture(
                new Standing.Holds(all, List.of(Cidr.parse("127.0.0.0/8")), Optional.empty()));
    change("alice");
    run(front);
    assertThat(events).isEmpty();
    verifier =
        _ ->
            CompletableFuture.completedFuture(
                new Standing.Holds(all, List.of(Cidr.parse("192.0.2.0/24")), Optional.empty()));

    change("alice");
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aChangeBeforeTheRegistrationIsAskedAboutAtOnce() {
    EmbeddedChannel front = front();
    long before = live.changes();
    change("alice");

    live.register(grant("alice", "phone", Optional.empty()), session(Scope.IMAP), before, front);
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void withoutAChangeNobodyIsAsked() {
    change("alice");

    register("alice", front());
    run(timer);

    assertThat(asked).isEmpty();
  }

  @Test
  void aSessionThatStillHoldsGoesOn() {
    verifier = _ -> CompletableFuture.completedFuture(HOLDS);
    EmbeddedChannel front = front();
    register("alice", front);

    change("alice");
    run(front);

    assertThat(asked).hasSize(1);
    assertThat(events).isEmpty();
  }

  @Test
  void aSessionThatCannotBeCheckedGoesOnAndIsAskedAboutAgain() {
    verifier = _ -> CompletableFuture.failedFuture(new IllegalStateException("of a test"));
    EmbeddedChannel front = front();
    register("alice", front);

    change("alice");
    run(front);
    assertThat(events).isEmpty();
    assertThat(asked).hasSize(1);
    verifier = _ -> CompletableFuture.completedFuture(ENDED);
    aSecondPasses();
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
    assertThat(revoked).as("from the change, not from the answer").hasSize(1);
  }

  @Test
  void aChangeDuringAQuestionIsAskedAboutAnew() {
    CompletableFuture<Standing> slow = new CompletableFuture<>();
    verifier = _ -> slow;
    EmbeddedChannel front = front();
    register("alice", front);
    change("alice");
    change("alice");
    assertThat(asked).as("one at a time").hasSize(1);

    verifier = _ -> CompletableFuture.completedFuture(ENDED);
    slow.complete(HOLDS);
    run(front);

    assertThat(asked).hasSize(2);
    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aSessionEndsOnceThoughTwoAnswersSaySo() {
    EmbeddedChannel front = front();
    register("alice", front);

    change("alice");
    change("alice");
    assertThat(asked).hasSize(2);
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
    assertThat(revoked).hasSize(1);
  }

  @Test
  void aClosedSessionIsForgotten() {
    EmbeddedChannel front = front();
    register("alice", front);
    assertThat(live.isEmpty()).isFalse();
    front.close();
    run(front);
    assertThat(live.isEmpty()).isTrue();

    change("alice");

    assertThat(asked).isEmpty();
  }

  @Test
  void oneOfTwoSessionsIsForgottenAlone() {
    EmbeddedChannel first = front();
    register("alice", first);
    register("alice", front());
    first.close();
    run(first);

    change("alice");

    assertThat(asked).hasSize(1);
  }

  @Test
  void measuresFromTheChangeToTheEndOfEachSession() {
    EmbeddedChannel front = front();
    register("alice", front);

    change("alice");
    run(front);

    assertThat(revoked).containsExactly(Duration.between(EARLIER, NOW));
  }

  @Test
  void measuresFromTheFirstOfSeveralChanges() {
    verifier = _ -> CompletableFuture.failedFuture(new IllegalStateException("of a test"));
    EmbeddedChannel front = front();
    register("alice", front);
    change("alice");
    live.changed(new UserChange.OfUser("alice", NOW));
    run(timer);

    verifier = _ -> CompletableFuture.completedFuture(ENDED);
    aSecondPasses();
    run(front);

    assertThat(revoked).containsExactly(Duration.between(EARLIER, NOW));
  }

  // ---- dates

  @Test
  void theDateOfTheAppPasswordIsAskedAboutWhenItComes() {
    EmbeddedChannel front = front();
    registerEnding(NOW.plusSeconds(60), front);

    timePasses(Duration.ofMillis(59_900));
    assertThat(asked).isEmpty();
    timePasses(Duration.ofMillis(200));
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aDateThatWasPutOffIsAskedAboutAgain() {
    EmbeddedChannel front = front();
    registerEnding(NOW.plusSeconds(1), front);
    verifier = _ -> CompletableFuture.completedFuture(holds(Optional.of(NOW.plusSeconds(30))));

    timePasses(Duration.ofSeconds(2));
    assertThat(asked).hasSize(1);
    verifier = _ -> CompletableFuture.completedFuture(ENDED);
    timePasses(Duration.ofSeconds(31));
    run(front);

    assertThat(asked).hasSize(2);
    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aDateThatWasSetAfterTheLoginIsKept() {
    EmbeddedChannel front = front();
    register("alice", front);
    verifier = _ -> CompletableFuture.completedFuture(holds(Optional.of(NOW.plusSeconds(30))));
    change("alice");
    verifier = _ -> CompletableFuture.completedFuture(ENDED);

    timePasses(Duration.ofSeconds(31));
    run(front);

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void nobodyIsAskedAboutTheDateOfAnAppPasswordWithoutSessions() {
    EmbeddedChannel front = front();
    registerEnding(NOW.plusSeconds(60), front);
    front.close();
    run(front);

    timePasses(Duration.ofMinutes(2));

    assertThat(asked).isEmpty();
  }

  // ---- cut off

  @Test
  void aNodeThatIsCutOffEndsWhatItCannotConfirm() {
    EmbeddedChannel front = front();
    register("alice", front);
    aSecondPasses();
    run(front);
    assertThat(events).isEmpty();

    isCutOff = true;
    aSecondPasses();
    run(front);

    assertThat(events).containsExactly(EndReason.UNCONFIRMED);
    assertThat(revoked).isEmpty();
  }

  // ---- many

  @Test
  void twentyThousandSessionsAreAskedAboutAFewAtATime() {
    List<CompletableFuture<Standing>> open = new ArrayList<>();
    verifier =
        _ -> {
          CompletableFuture<Standing> answer = new CompletableFuture<>();
          open.add(answer);
          return answer;
        };
    EmbeddedChannel all = front();
    for (int i = 0; i < 20_000; i++) {
      register("user" + i / 2, all); // two sessions of each app password
    }

    live.changed(new UserChange.OfAnybody());
    live.changed(new UserChange.OfAnybody());
    run(timer);
    int most = 0;
    while (!open.isEmpty()) {
      most = Math.max(most, open.size());
      List<CompletableFuture<Standing>> now = List.copyOf(open);
      open.clear();
      now.forEach(answer -> answer.complete(ENDED));
      run(timer);
    }
    run(all);

    assertThat(most).isEqualTo(RecheckQueue.AT_ONCE);
    assertThat(asked).hasSize(10_000).doesNotHaveDuplicates();
    assertThat(events).hasSize(20_000);
  }

  @Test
  void nobodyIsAskedAboutASessionThatClosedWhileItsQuestionWaited() {
    List<CompletableFuture<Standing>> open = new ArrayList<>();
    verifier =
        _ -> {
          CompletableFuture<Standing> answer = new CompletableFuture<>();
          open.add(answer);
          return answer;
        };
    EmbeddedChannel others = front();
    for (int i = 0; i < RecheckQueue.AT_ONCE; i++) {
      register("user" + i, others);
    }
    live.changed(new UserChange.OfAnybody());
    run(timer);
    EmbeddedChannel front = front();
    register("alice", front);
    change("alice");
    front.close();
    run(front);

    open.forEach(answer -> answer.complete(HOLDS));
    run(timer);

    assertThat(asked).hasSize(RecheckQueue.AT_ONCE).doesNotContain("alice phone");
  }

  @Test
  void answersAtOnceDoNotPileUpOnTheStack() {
    verifier = _ -> CompletableFuture.completedFuture(HOLDS);
    EmbeddedChannel all = front();
    for (int i = 0; i < 20_000; i++) {
      register("user" + i, all);
    }

    live.changed(new UserChange.OfAnybody());
    run(timer);

    assertThat(asked).hasSize(20_000);
  }

  @Test
  void questionsWithoutAnAnswerAreRepeatedOnceASecondAndNoFaster() {
    verifier = _ -> CompletableFuture.failedFuture(new IllegalStateException("of a test"));
    EmbeddedChannel all = front();
    for (int i = 0; i < 1_000; i++) {
      register("user" + i, all);
    }

    live.changed(new UserChange.OfAnybody());
    run(timer);
    assertThat(asked).hasSize(1_000);
    timePasses(Duration.ofMillis(900));
    assertThat(asked).hasSize(1_000);
    aSecondPasses();

    assertThat(asked).hasSize(2_000);
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void exposed(Attempt attempt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    asked.add(grant.userId() + " " + grant.credentialId());
    return verifier.apply(grant);
  }

  @Override
  public void revoked(Session session, Duration sinceChange) {
    revoked.add(sinceChange);
  }

  private void register(String user, EmbeddedChannel front) {
    live.register(
        grant(user, "phone", Optional.empty()), session(Scope.IMAP), live.changes(), front);
  }

  private void registerEnding(Instant when, EmbeddedChannel front) {
    live.register(
        grant("alice", "phone", Optional.of(when)), session(Scope.IMAP), live.changes(), front);
  }

  private void change(String user) {
    live.changed(new UserChange.OfUser(user, EARLIER));
    run(timer);
  }

  private void aSecondPasses() {
    timePasses(Duration.ofSeconds(1));
  }

  private void timePasses(Duration time) {
    timer.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    run(timer);
  }

  /** Whatever is due, on the timer's thread and then on the channel's. */
  private void run(EmbeddedChannel channel) {
    timer.runPendingTasks();
    channel.runPendingTasks();
  }

  private EmbeddedChannel front() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
              }
            });
    channel.freezeTime();
    return channel;
  }

  private static Standing holds(Optional<Instant> end) {
    return new Standing.Holds(EnumSet.allOf(Scope.class), List.of(), end);
  }

  private static Grant grant(String user, String credential, Optional<Instant> end) {
    return new Grant(user, user, credential, Optional.empty(), user, Map.of(), end);
  }

  private static Grant at(String mailbox) {
    return new Grant(
        "alice", "alice", "phone", Optional.empty(), mailbox, Map.of(), Optional.empty());
  }

  private static Session session(Scope protocol) {
    return new Session(
        "s",
        protocol,
        Session.Tls.IMPLICIT,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 2));
  }
}
