package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MailboxLoginsTest {
  private static final UpstreamTarget TARGET =
      new UpstreamTarget(
          "real", Scope.IMAP, new Endpoint("localhost", 143, Security.CLEAR), Optional.empty());
  private static final UpstreamFailure REFUSED = new UpstreamFailure(Cause.LOGIN_REFUSED, "no");
  private static final UpstreamFailure THROTTLED =
      new UpstreamFailure(Cause.NOT_SERVING, "slow down");

  private final EmbeddedChannel front = new EmbeddedChannel();
  private final MockTicker ticker = Ticker.newMockTicker();
  private final AtomicInteger nodes = new AtomicInteger(1);
  private final MailboxLogins logins =
      new MailboxLogins(
          nodes::get,
          failure ->
              failure.equals(THROTTLED) ? Optional.of(Duration.ofSeconds(30)) : Optional.empty(),
          ticker);

  @BeforeEach
  void stopTime() {
    front.freezeTime();
  }

  /** One login, as the client and as the upstream see it. */
  private final class Login implements UpstreamLogins.Answer {
    private final Secret password = Secret.ofText("secret");
    private final List<UpstreamFailure> failures = new ArrayList<>();
    private final List<UpstreamLink> links = new ArrayList<>();
    private final List<UpstreamLogins.Answer> started = new ArrayList<>();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final EmbeddedChannel upstream = new EmbeddedChannel();
    private final UpstreamLogins.Ticket ticket;
    private boolean isProbed;

    Login(String mailbox, Optional<Integer> budget) {
      this(mailbox, budget, false);
    }

    Login(String mailbox, Optional<Integer> budget, boolean wantsProbe) {
      this(mailbox, budget, wantsProbe, false);
    }

    Login(String mailbox, Optional<Integer> budget, boolean wantsProbe, boolean isUnjudged) {
      UpstreamPlan plan =
          new UpstreamPlan(
              Security.CLEAR,
              "gate.test",
              Optional.of(new UpstreamCredentials.Password(Optional.empty(), mailbox, password)),
              List.of());
      ticket =
          logins.login(
              front.eventLoop(),
              TARGET,
              mailbox,
              budget,
              isUnjudged,
              plan.probed(wantsProbe),
              (isToBeProbed, answer) -> {
                isProbed = isToBeProbed;
                started.add(answer);
                return cancelled::incrementAndGet;
              },
              this);
      front.runPendingTasks();
    }

    @Override
    public void ready(UpstreamLink link) {
      links.add(link);
    }

    @Override
    public void failed(UpstreamFailure failure) {
      failures.add(failure);
    }

    Login succeeds() {
      started.getFirst().ready(new UpstreamLink(upstream, new UpstreamSession(List.of())));
      return this;
    }

    void fails(UpstreamFailure failure) {
      started.getFirst().failed(failure);
      front.runPendingTasks();
    }

    boolean isUnderWay() {
      front.runPendingTasks();
      return !started.isEmpty();
    }

    boolean isWiped() {
      try {
        password.copy().close();
        return false;
      } catch (IllegalStateException _) {
        return true;
      }
    }
  }

  private Login login() {
    return new Login("alice", Optional.of(1));
  }

  @Test
  void withoutABudgetNobodyWaitsOrCounts() {
    for (int i = 0; i < 100; i++) {
      assertThat(new Login("alice", Optional.empty()).succeeds().links).hasSize(1);
    }
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void aPlaceIsHeldUntilTheUpstreamConnectionIsClosed() {
    Login first = login().succeeds();
    Login second = login();
    assertThat(second.isUnderWay()).isFalse();
    first.ticket.cancel();
    assertThat(second.isUnderWay()).as("the login is over, the session is not").isFalse();
    first.upstream.close();
    assertThat(second.isUnderWay()).isTrue();
    second.succeeds().upstream.close();
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void whoseConnectionIsLostAlreadyHoldsNoPlace() {
    Login first = login();
    first.upstream.close();
    first.succeeds();
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void aLoginThatFailsGivesItsPlaceUp() {
    Login first = login();
    Login second = login();
    first.fails(REFUSED);
    assertThat(first.failures).containsExactly(REFUSED);
    assertThat(second.isUnderWay()).isTrue();
    second.fails(REFUSED);
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void aLoginThatIsCancelledGivesItsPlaceUp() {
    Login first = login();
    first.ticket.cancel();
    first.ticket.cancel();
    assertThat(first.cancelled).hasValue(1);
    assertThat(logins.isIdle()).isTrue();
    assertThat(first.failures).isEmpty();
  }

  @Test
  void whoLeavesWhileWaitingIsPassedOver() {
    Login first = login().succeeds();
    Login second = login();
    second.ticket.cancel();
    assertThat(second.isWiped()).isTrue();
    first.upstream.close();
    assertThat(second.isUnderWay()).isFalse();
    after(10_000);
    assertThat(second.failures).isEmpty();
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void whoLeavesInTheMomentOfItsTurnDoesNotLogIn() {
    Login first = login().succeeds();
    Login second = login();
    first.upstream.close();
    second.ticket.cancel();
    assertThat(second.isUnderWay()).isFalse();
    assertThat(second.isWiped()).isTrue();
    assertThat(logins.isIdle()).isTrue();
  }

  @Test
  void whoWaitsForFiveSecondsIsToldThatTheMailboxIsInUse() {
    login().succeeds();
    Login second = login();
    after(4_999);
    assertThat(second.failures).isEmpty();
    after(1);
    assertThat(second.failures)
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.cause()).isEqualTo(Cause.IN_USE);
          assertThat(failure.detail())
              .isEqualTo("the mailbox has the 1 sessions of its budget there for 5000 ms");
        });
    assertThat(second.isWiped()).isTrue();
    assertThat(second.isUnderWay()).isFalse();
  }

  @Test
  void whoHasItsTurnInTimeIsNotToldSoLater() {
    Login first = login().succeeds();
    Login second = login();
    after(4_999);
    first.upstream.close();
    assertThat(second.isUnderWay()).isTrue();
    after(10_000);
    assertThat(second.failures).isEmpty();
  }

  @Test
  void whereEightWaitTheNinthIsToldAtOnce() {
    login().succeeds();
    for (int i = 0; i < 8; i++) {
      assertThat(login().failures).isEmpty();
    }
    Login tenth = login();
    assertThat(tenth.failures).extracting(UpstreamFailure::cause).containsExactly(Cause.IN_USE);
    assertThat(tenth.isWiped()).isTrue();
    assertThat(new Login("bob", Optional.of(1)).isUnderWay()).isTrue();
  }

  @Test
  void aNodeKeepsToItsShareRoundedUp() {
    nodes.set(2);
    for (int i = 0; i < 2; i++) {
      assertThat(new Login("alice", Optional.of(3)).isUnderWay()).isTrue();
    }
    assertThat(new Login("alice", Optional.of(3)).isUnderWay()).isFalse();
  }

  @Test
  void aMailboxIsLeftAloneForAsLongAsTheServerAsked() {
    new Login("alice", Optional.empty()).fails(THROTTLED);
    Login second = login();
    assertThat(second.failures)
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.cause()).isEqualTo(Cause.THROTTLED);
          assertThat(failure.detail())
              .isEqualTo("the mailbox is left alone for 30000 ms more, as the server asked");
        });
    assertThat(second.isUnderWay()).isFalse();
    assertThat(second.isWiped()).isTrue();
    assertThat(new Login("bob", Optional.empty()).isUnderWay()).isTrue();
    ticker.advance(30, TimeUnit.SECONDS);
    assertThat(login().isUnderWay()).isTrue();
  }

  private Login guess(int budget) {
    return new Login("alice", Optional.of(budget), false, true);
  }

  @Test
  void guessesLeaveAPlaceAndWaitForNone() {
    Login first = guess(2);
    assertThat(first.isUnderWay()).isTrue();
    Login second = guess(2);
    assertThat(second.failures).extracting(UpstreamFailure::cause).containsExactly(Cause.IN_USE);
    assertThat(second.isWiped()).isTrue();
    Login known = new Login("alice", Optional.of(2));
    assertThat(known.isUnderWay()).isTrue();
    known.succeeds();
    first.fails(REFUSED);
    assertThat(guess(2).failures).as("the last one is for others").hasSize(1);
    assertThat(new Login("alice", Optional.of(2)).isUnderWay()).isTrue();
  }

  @Test
  void whereThereIsOnePlaceAGuessTakesItIfNobodyWaits() {
    Login guess = guess(1);
    assertThat(guess.isUnderWay()).isTrue();
    Login known = login();
    assertThat(known.isUnderWay()).isFalse();
    assertThat(guess(1).failures).hasSize(1);
    guess.fails(REFUSED);
    assertThat(known.isUnderWay()).as("before any other guess").isTrue();
    assertThat(guess(1).failures).hasSize(1);
    known.fails(REFUSED);
    assertThat(guess(1).isUnderWay()).isTrue();
  }

  @Test
  void anyOtherFailureIsNoPause() {
    login().fails(REFUSED);
    assertThat(login().isUnderWay()).isTrue();
  }

  private void after(long millis) {
    front.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    front.runScheduledPendingTasks();
  }

  private boolean isProbedAt(String mailbox) {
    Login login = new Login(mailbox, Optional.empty(), true);
    login.succeeds();
    return login.isProbed;
  }

  @Test
  void aMailboxThatAnsweredNeedNotShowItForAWhile() {
    assertThat(isProbedAt("alice")).isTrue();
    assertThat(isProbedAt("alice")).isFalse();
    assertThat(isProbedAt("bob")).isTrue();
    ticker.advance(599, TimeUnit.SECONDS);
    assertThat(isProbedAt("alice")).as("not made longer by who was not probed").isFalse();
    ticker.advance(1, TimeUnit.SECONDS);
    assertThat(isProbedAt("alice")).isTrue();
  }

  @Test
  void isProbedAgainAfterItWasRefused() {
    assertThat(isProbedAt("alice")).isTrue();
    new Login("alice", Optional.empty(), true)
        .fails(new UpstreamFailure(Cause.NOT_CONNECTED, "BAD"));
    assertThat(isProbedAt("alice")).isTrue();
    new Login("alice", Optional.empty(), true)
        .fails(new UpstreamFailure(Cause.LOGIN_REFUSED, "NO"));
    assertThat(isProbedAt("alice")).isTrue();
  }

  @Test
  void nothingIsProbedWhereThePlanDoesNotWantIt() {
    assertThat(new Login("alice", Optional.empty()).isProbed).isFalse();
  }
}
