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
  private final IntSupplier liveNodes;
  private final Function<UpstreamFailure, Optional<Duration>> backoff;
  private final MailboxPlaces places = new MailboxPlaces();
  private final MailboxPauses pauses;

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
    this.pauses = new MailboxPauses(ticker);
  }

  /**
   * Logs in, perhaps after a wait for a place. Called on {@code loop}; {@code answer} is called
   * there after it has returned. The plan's password is closed in the end.
   *
   * @param mailbox as the upstream knows it
   * @param budget most sessions at once in the target's protocol; empty: they are not counted
   * @param start begins the login itself
   */
  UpstreamLogins.Ticket login(
      EventLoop loop,
      UpstreamTarget target,
      String mailbox,
      Optional<Integer> budget,
      UpstreamPlan plan,
      MailboxLogin.Start start,
      UpstreamLogins.Answer answer) {
    UpstreamMailbox whose = new UpstreamMailbox(target.upstream(), mailbox);
    MailboxLogin login =
        new MailboxLogin(loop, plan, start, failure -> failed(whose, failure), answer);
    Optional<Duration> pause = pauses.left(whose);
    if (pause.isPresent()) {
      login.refuse(
          new UpstreamFailure(
              Cause.OVERLOADED,
              "the mailbox is left alone for "
                  + pause.get().toMillis()
                  + " ms more, as the server asked"));
    } else if (budget.isPresent()) {
      login.start(
          places,
          new MailboxPlaces.Key(whose, target.protocol()),
          Math.ceilDiv(budget.get(), Math.max(1, liveNodes.getAsInt())));
    } else {
      login.start();
    }
    return login;
  }

  /** What a failed login means for those to the same mailbox after it. */
  private void failed(UpstreamMailbox mailbox, UpstreamFailure failure) {
    backoff.apply(failure).ifPresent(length -> pauses.pause(mailbox, length));
  }

  /** Whether no mailbox has a session that counts, and nobody waits for one. */
  boolean isIdle() {
    return places.isEmpty();
  }
}
