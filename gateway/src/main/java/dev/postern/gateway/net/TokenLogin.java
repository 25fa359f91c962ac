package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.store.oauth.AccessToken;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.Kind;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login with an access token: waits for the token, logs in with it, and if the upstream refuses
 * one that may have become too old, does so once more with a later one, on another connection. All
 * of it has one deadline. Ends exactly once. Used by one event loop.
 *
 * <pre>
 * Awaiting --token--> UnderWay --ready, failed--> Over
 *    ^  |                |
 *    |  +--none in time--)----------------------> Over
 *    +----token refused, once
 * </pre>
 */
final class TokenLogin implements UpstreamLogins.Ticket {

  private final EventLoop loop;
  private final Deadline deadline;
  private final UpstreamTarget target;
  private final UpstreamPlan plan;
  private final TokenNeed need;
  private final TokenSource tokens;
  private final Start start;
  private final UpstreamLogins.Answer answer;
  private Stage stage = new Stage.Over();

  private sealed interface Stage {
    /**
     * For the first, or for a later one than that.
     *
     * @param end of the wait
     */
    record Awaiting(@Nullable AccessToken refused, Future<?> end) implements Stage {}

    record UnderWay(UpstreamLogins.Ticket ticket) implements Stage {}

    record Over() implements Stage {}
  }

  /** Begins the login itself, which closes the plan's token in the end. */
  interface Start {
    UpstreamLogins.Ticket login(UpstreamPlan plan, UpstreamLogins.Answer answer);
  }

  /**
   * @param plan without credentials
   */
  TokenLogin(
      EventLoop loop,
      Deadline deadline,
      UpstreamTarget target,
      UpstreamPlan plan,
      TokenNeed need,
      TokenSource tokens,
      Start start,
      UpstreamLogins.Answer answer) {
    this.loop = loop;
    this.deadline = deadline;
    this.target = target;
    this.plan = plan;
    this.need = need;
    this.tokens = tokens;
    this.start = start;
    this.answer = answer;
  }

  /** Called on the event loop; the answer comes after it has returned. */
  void start() {
    await(null, need.first(tokens, target));
  }

  private void await(@Nullable AccessToken refused, CompletableFuture<TokenAnswer> coming) {
    if (coming.isDone() && coming.join() instanceof TokenAnswer.Granted(AccessToken token)) {
      logIn(token, refused != null);
      return;
    }
    stage =
        new Stage.Awaiting(
            refused,
            loop.schedule(this::noneCame, deadline.left().toNanos(), TimeUnit.NANOSECONDS));
    coming.thenAccept(come -> {
      try {
        loop.execute(() -> came(come));
      } catch (RejectedExecutionException _) {
        // The gateway has stopped, and all that wait with it.
        forget(come);
      }
    });
  }

  private void came(TokenAnswer come) {
    if (!(stage instanceof Stage.Awaiting(AccessToken refused, Future<?> end))) {
      forget(come);
      return;
    }
    end.cancel(false);
    switch (come) {
      case TokenAnswer.Granted(AccessToken token) -> logIn(token, refused != null);
      case TokenAnswer.Denied(TokenTrouble trouble) -> noToken(trouble);
    }
  }

  private void noneCame() {
    noToken(
        new TokenTrouble(
            Kind.TIMEOUT, "none came in the " + deadline.limit().toMillis() + " ms of the login"));
  }

  private void noToken(TokenTrouble trouble) {
    stage = new Stage.Over();
    answer.failed(failure(trouble));
  }

  private void forget(TokenAnswer come) {
    if (come instanceof TokenAnswer.Granted(AccessToken token)) {
      need.unused(token);
    }
  }

  private void logIn(AccessToken token, boolean isSecond) {
    UpstreamPlan whole = plan.with(need.credentials(token, target));
    stage =
        new Stage.UnderWay(
            start.login(
                whole,
                new UpstreamLogins.Answer() {
                  @Override
                  public void ready(UpstreamLink link) {
                    stage = new Stage.Over();
                    answer.ready(link);
                  }

                  @Override
                  public void failed(UpstreamFailure failure) {
                    Optional<CompletableFuture<TokenAnswer>> later =
                        failure.cause() == Cause.LOGIN_REFUSED && !isSecond
                            ? need.after(tokens, token)
                            : Optional.empty();
                    if (later.isPresent()) {
                      await(token, later.get());
                    } else {
                      stage = new Stage.Over();
                      answer.failed(failure);
                    }
                  }
                }));
  }

  /** Whose fault it is that there is no token. */
  private static UpstreamFailure failure(TokenTrouble trouble) {
    Cause cause =
        switch (trouble.kind()) {
          case CONNECT, TLS, TIMEOUT, REDIRECTED, NOT_AN_ANSWER, PROVIDER_BUSY, STORE, BUSY ->
              Cause.NO_TOKEN;
          case CLIENT_REFUSED, GRANT_REFUSED, TOKEN_TOO_LONG, OTHER_REGISTRATION ->
              Cause.NO_CREDENTIAL;
          case CONSENT_ENDED, NO_CONSENT -> Cause.NEEDS_CONSENT;
        };
    return new UpstreamFailure(cause, trouble.kind().word() + ": " + trouble.detail());
  }

  @Override
  public void cancel() {
    Stage left = stage;
    stage = new Stage.Over();
    switch (left) {
      case Stage.Awaiting(var _, Future<?> end) -> end.cancel(false);
      case Stage.UnderWay(UpstreamLogins.Ticket ticket) -> ticket.cancel();
      case Stage.Over() -> {}
    }
  }
}
