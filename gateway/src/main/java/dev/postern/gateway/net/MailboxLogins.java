package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * Logins in the name of mailboxes: not more sessions of one at once than its upstream allows, and
 * none while the upstream wants the mailbox left alone. Budgets are of the whole site; this node
 * keeps to its share of them, rounded up. Outlives what one reading of the configuration made, so
 * that sessions from before count. Safe for use by several threads.
 */
public final class MailboxLogins {
  /** What an upstream asks for beyond that is not believed. */
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  /** How long a mailbox that answered need not show that it does. */
  static final Duration PROVEN = Duration.ofMinutes(10);

  private final IntSupplier liveNodes;
  private final Function<UpstreamFailure, Optional<Duration>> backoff;
  private final MailboxPlaces places = new MailboxPlaces();
  private final MailboxMarks pauses;
  private final MailboxMarks proven;

  /**
   * @param liveNodes how many nodes there are, this one included; cheap
   * @param backoff how long a mailbox is to be left alone after such a failure
   */
  public MailboxLogins(
      IntSupplier liveNodes, Function<UpstreamFailure, Optional<Duration>> backoff) {
    this(liveNodes, backoff, Ticker.systemTicker());
  }

  MailboxLogins(
      IntSupplier liveNodes, Function<UpstreamFailure, Optional<Duration>> backoff, Ticker ticker) {
    this.liveNodes = liveNodes;
    this.backoff = backoff;
    this.pauses = new MailboxMarks(LONGEST_PAUSE, ticker);
    this.proven = new MailboxMarks(PROVEN, ticker);
  }

  /** Begins a login itself, which closes its secret in the end. */
  interface Start {
    UpstreamLogins.Ticket login(boolean isProbed, UpstreamLogins.Answer answer);
  }

  /**
   * Logs in, perhaps after a wait for a place. Called on {@code loop}; {@code answer} is called
   * there after it has returned. The plan's password is closed in the end.
   *
   * @param mailbox as the upstream knows it
   * @param budget most sessions at once in the target's protocol; empty: they are not counted
   * @param isUnjudged whether the server is to say if the password is right: guesses leave a place
   *     for those who are let in already, and wait for none
   * @param start begins the login itself; told whether the mailbox must be probed where the plan
   *     wants that, because it has not answered lately
   */
  UpstreamLogins.Ticket login(
      EventLoop loop,
      UpstreamTarget target,
      String mailbox,
      Optional<Integer> budget,
      boolean isUnjudged,
      UpstreamPlan plan,
      Start start,
      UpstreamLogins.Answer answer) {
    UpstreamMailbox whose = new UpstreamMailbox(target.upstream(), mailbox);
    boolean isToBeProven = plan.isMailboxProbed() && proven.left(whose).isEmpty();
    MailboxLogin login =
        new MailboxLogin(
            loop,
            plan,
            outcome -> start.login(isToBeProven, outcome),
            new MailboxLogin.Outcome() {
              @Override
              public void succeeded() {
                if (isToBeProven) {
                  proven.mark(whose, PROVEN);
                }
              }

              @Override
              public void failed(UpstreamFailure failure) {
                MailboxLogins.this.failed(whose, failure);
              }
            },
            answer);
    Optional<Duration> pause = pauses.left(whose);
    if (pause.isPresent()) {
      login.refuse(
          new UpstreamFailure(
              Cause.THROTTLED,
              "the mailbox is left alone for "
                  + pause.get().toMillis()
                  + " ms more, as the server asked"));
    } else if (budget.isPresent()) {
      MailboxPlaces.Key key = new MailboxPlaces.Key(whose, target.protocol());
      int most = Math.ceilDiv(budget.get(), Math.max(1, liveNodes.getAsInt()));
      if (isUnjudged) {
        login.startNow(places, key, Math.max(1, most - 1));
      } else {
        login.start(places, key, most);
      }
    } else {
      login.start();
    }
    return login;
  }

  /** What a failed login means for those to the same mailbox after it. */
  private void failed(UpstreamMailbox mailbox, UpstreamFailure failure) {
    backoff.apply(failure).ifPresent(length -> pauses.mark(mailbox, length));
    if (failure.cause() == Cause.LOGIN_REFUSED || failure.cause() == Cause.NOT_CONNECTED) {
      proven.clear(mailbox);
    }
  }

  /** Whether no mailbox has a session that counts, and nobody waits for one. */
  boolean isIdle() {
    return places.isEmpty();
  }
}
