package dev.postern.gateway.net;

import dev.postern.gateway.MailboxTrial;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.net.UpstreamRouting.Path;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.TokenSource;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Logs in at upstreams in the name of mailboxes as sessions do, and closes the connection at once.
 * No client is behind it, so the upstream is told of none. An IMAP login counts only once the
 * server has answered a command that needs the mailbox. Safe for use by several threads.
 */
public final class TrialLogins {
  private final EventLoopGroup loops;
  private final UpstreamRouting routing;
  private final UpstreamLogins logins;
  private final TokenSource tokens;

  TrialLogins(
      EventLoopGroup loops, UpstreamRouting routing, UpstreamLogins logins, TokenSource tokens) {
    this.loops = loops;
    this.routing = routing;
    this.logins = logins;
    this.tokens = tokens;
  }

  /**
   * Tries all protocols at once; never fails but by its results. Opens a sealed password: not for
   * an event loop.
   *
   * @param deadline who has not answered then has failed
   */
  public CompletableFuture<List<MailboxTrial>> of(Grant grant, Duration deadline) {
    List<CompletableFuture<MailboxTrial>> begun = new ArrayList<>();
    for (Scope protocol : Scope.values()) {
      switch (routing.path(
          grant, protocol, Optional.empty(), Announcement.NONE, Optional.empty())) {
        case Path.Nowhere(String upstream, UpstreamFailure failure) when upstream.isEmpty() -> {
          return CompletableFuture.completedFuture(
              List.of(trial(grant, upstream, Optional.empty(), "", Optional.of(failure))));
        }
        case Path.Nowhere(String upstream, UpstreamFailure failure) -> {
          // Otherwise it does not have this protocol, and nobody misses it.
          if (failure.cause() != Cause.NO_ROUTE) {
            begun.add(
                CompletableFuture.completedFuture(
                    trial(grant, upstream, Optional.of(protocol), "", Optional.of(failure))));
          }
        }
        case Path.To to ->
            begun.add(
                logIn(to, deadline)
                    .thenApply(failure ->
                        trial(
                            grant,
                            to.target().upstream(),
                            Optional.of(protocol),
                            to.mailbox(),
                            failure)));
      }
    }
    return CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new))
        .thenApply(_ -> begun.stream().map(CompletableFuture::join).toList());
  }

  private static MailboxTrial trial(
      Grant grant,
      String upstream,
      Optional<Scope> protocol,
      String mailbox,
      Optional<UpstreamFailure> failure) {
    return new MailboxTrial(grant.user(), upstream, protocol, mailbox, failure);
  }

  private CompletableFuture<Optional<UpstreamFailure>> logIn(Path.To to, Duration deadline) {
    CompletableFuture<Optional<UpstreamFailure>> result = new CompletableFuture<>();
    EventLoop loop = loops.next();
    loop.execute(() -> {
      UpstreamLogins.Ticket ticket =
          begin(
              loop,
              Deadline.after(deadline, loop),
              to,
              new UpstreamLogins.Answer() {
                @Override
                public void ready(UpstreamLink link) {
                  link.channel().close();
                  result.complete(Optional.empty());
                }

                @Override
                public void failed(UpstreamFailure failure) {
                  result.complete(Optional.of(failure));
                }
              });
      Future<?> impatience =
          loop.schedule(
              () -> {
                ticket.cancel();
                result.complete(
                    Optional.of(
                        new UpstreamFailure(
                            Cause.TIMEOUT, "not logged in within " + deadline.toMillis() + " ms")));
              },
              deadline.toMillis(),
              TimeUnit.MILLISECONDS);
      result.whenComplete((_, _) -> impatience.cancel(false));
    });
    return result;
  }

  private UpstreamLogins.Ticket begin(
      EventLoop loop, Deadline deadline, Path.To to, UpstreamLogins.Answer answer) {
    TokenLogin.Start start =
        (plan, login) ->
            logins.login(
                loop, deadline, to.target(), plan, Optional.empty(), UpstreamTalk.UNHEARD, login);
    UpstreamPlan plan = to.plan().probed(true);
    if (to.token().isEmpty()) {
      return start.login(plan, answer);
    }
    TokenLogin login =
        new TokenLogin(loop, deadline, to.target(), plan, to.token().get(), tokens, start, answer);
    login.start();
    return login;
  }
}
