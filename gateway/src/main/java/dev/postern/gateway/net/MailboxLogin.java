package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login in the name of a mailbox, with the wait for a place of that mailbox before it. It holds
 * the place until it fails, or until its upstream connection is closed. Ends exactly once. Used by
 * one event loop.
 *
 * <pre>
 * Waiting --place--> UnderWay --ready, failed--> Over
 *    +------------------+--cancel, refused-------> Over
 * </pre>
 */
final class MailboxLogin implements UpstreamLogins.Ticket, UpstreamLogins.Answer {

  /** How long anybody waits for a place. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final EventLoop loop;
  private final UpstreamPlan plan;
  private final Start start;
  private final Outcome outcome;
  private final UpstreamLogins.Answer answer;
  private Stage stage = new Stage.Waiting();
  private MailboxPlaces.@Nullable Turn turn;
  private @Nullable Future<?> deadline;

  private sealed interface Stage {
    record Waiting() implements Stage {}

    record UnderWay(UpstreamLogins.Ticket ticket) implements Stage {}

    record Over() implements Stage {}
  }

  /** Begins the login itself, which closes the plan's password in the end. */
  interface Start {
    UpstreamLogins.Ticket login(UpstreamLogins.Answer answer);
  }

  /** Learns of logins that came as far as the upstream. */
  interface Outcome {
    void succeeded();

    void failed(UpstreamFailure failure);
  }

  /**
   * @param outcome learns how a login went at the upstream, before {@code answer} does
   */
  MailboxLogin(
      EventLoop loop,
      UpstreamPlan plan,
      Start start,
      Outcome outcome,
      UpstreamLogins.Answer answer) {
    this.loop = loop;
    this.plan = plan;
    this.start = start;
    this.outcome = outcome;
    this.answer = answer;
  }

  /** Logs in at once. */
  void start() {
    stage = new Stage.UnderWay(start.login(this));
  }

  /** Does not log in. */
  void refuse(UpstreamFailure failure) {
    loop.execute(() -> giveUp(failure));
  }

  /** Logs in when there is a place. */
  void start(MailboxPlaces places, MailboxPlaces.Key key, int most) {
    turn = places.take(key, most, this::itsTurn).orElse(null);
    if (turn == null) {
      refuse(inUse(most, "there, and " + MailboxPlaces.MOST_WAITING + " more wait for a place"));
    } else if (turn.hasPlace()) {
      start();
    } else {
      deadline =
          loop.schedule(
              () -> giveUp(inUse(most, "there for " + PATIENCE.toMillis() + " ms")),
              PATIENCE.toNanos(),
              TimeUnit.NANOSECONDS);
    }
  }

  /** Logs in if there is a place now. */
  void startNow(MailboxPlaces places, MailboxPlaces.Key key, int most) {
    turn = places.takeNow(key, most).orElse(null);
    if (turn == null) {
      refuse(inUse(most, "for unjudged passwords there"));
    } else {
      start();
    }
  }

  private static UpstreamFailure inUse(int most, String where) {
    return new UpstreamFailure(
        Cause.IN_USE, "the mailbox has the " + most + " sessions of its budget " + where);
  }

  /** On the thread of whoever made place. */
  private void itsTurn() {
    try {
      loop.execute(() -> {
        if (stage instanceof Stage.Waiting) {
          stopWaiting();
          start();
        }
      });
    } catch (RejectedExecutionException _) {
      // The gateway has stopped, and all that wait with it.
    }
  }

  private void giveUp(UpstreamFailure failure) {
    if (stage instanceof Stage.Waiting) {
      cancel();
      answer.failed(failure);
    }
  }

  @Override
  public void ready(UpstreamLink link) {
    stage = new Stage.Over();
    if (turn != null) {
      MailboxPlaces.Turn held = turn;
      link.channel().closeFuture().addListener(_ -> held.leave());
    }
    outcome.succeeded();
    answer.ready(link);
  }

  @Override
  public void failed(UpstreamFailure failure) {
    stage = new Stage.Over();
    leave();
    outcome.failed(failure);
    answer.failed(failure);
  }

  @Override
  public void cancel() {
    Stage left = stage;
    stage = new Stage.Over();
    switch (left) {
      case Stage.Waiting() -> {
        stopWaiting();
        plan.credentials().ifPresent(UpstreamCredentials::close);
        leave();
      }
      case Stage.UnderWay(UpstreamLogins.Ticket ticket) -> {
        ticket.cancel();
        leave();
      }
      case Stage.Over() -> {}
    }
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  private void leave() {
    if (turn != null) {
      turn.leave();
    }
  }
}
