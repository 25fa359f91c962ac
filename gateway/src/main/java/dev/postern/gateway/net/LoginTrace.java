package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.observe.TraceLine;
import dev.postern.gateway.observe.TraceLine.Way;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.trace.TraceWatch;
import dev.postern.store.trace.TracedUser;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Shows one connection's login, line by line, if it is a traced user's. What comes before the name
 * is kept for that, while anybody is traced; else a line costs one read of a field. Used by one
 * event loop.
 *
 * <pre>
 * Off --somebody is traced--> Keeping --a traced user's name--> Showing
 *  ^                           |   ^                               |
 *  +------nobody is------------+   +--another name, trace is over--+
 * any --end--> Over
 * </pre>
 */
final class LoginTrace<C> implements UpstreamTalk {
  /** Lines that are kept; of more the first ones go. */
  static final int MOST_KEPT = 64;

  /** What a line takes beside its characters. */
  private static final int LINE_BYTES = 64;

  private final TraceWatch watch;
  private final LoginMemory room;
  private final TraceWords<C> words;
  private final SessionTrail trail;
  private final Executor loop;
  private State state = new State.Off();

  private sealed interface State {
    record Off() implements State {}

    /**
     * @param names that were said meanwhile: an answer about one before the last comes too late
     */
    record Keeping(Kept kept, int names) implements State {}

    record Showing(TracedUser user) implements State {}

    record Over() implements State {}
  }

  /** Lines that wait for a name. */
  private static final class Kept {
    private final Deque<TraceLine> lines = new ArrayDeque<>();
    private int leftOut;
  }

  LoginTrace(
      TraceWatch watch, LoginMemory room, TraceWords<C> words, SessionTrail trail, Executor loop) {
    this.watch = watch;
    this.room = room;
    this.words = words;
    this.trail = trail;
    this.loop = loop;
  }

  /**
   * The client said that; before anybody reads a secret in it.
   *
   * @param octets of its line
   */
  void said(C command, int octets) {
    if (isWanted()) {
      add(Way.FROM_CLIENT, words.said(command, octets));
    }
  }

  /**
   * We say that.
   *
   * @param text whole lines
   */
  void replied(String text) {
    if (isWanted()) {
      text.lines().forEach(line -> add(Way.TO_CLIENT, words.replied(line)));
    }
  }

  /** TLS with the client is there. */
  void encrypted(String version) {
    if (isWanted()) {
      add(Way.TO_CLIENT, "<TLS is on: " + version + ">");
    }
  }

  /** That is the verdict on a login. */
  void decided(AuthOutcome outcome) {
    if (isWanted()) {
      add(
          Way.TO_CLIENT,
          switch (outcome) {
            case Accepted _ -> "<login accepted>";
            case Delegate _ -> "<the upstream is to judge the login>";
            case Rejected(var reason) -> "<login refused: " + reason.word() + ">";
            case Throttled(var reason, _, _) -> "<login throttled: " + reason.word() + ">";
            case Unavailable(var trouble) -> "<login undecided: " + trouble.word() + ">";
          });
    }
  }

  /** Where the login leads. */
  void routed(UpstreamTarget target) {
    if (isWanted()) {
      add(Way.TO_UPSTREAM, "<logs in at " + target.upstream() + ">");
    }
  }

  /** The login came to nothing there. */
  void failed(UpstreamFailure failure) {
    if (isWanted()) {
      add(Way.FROM_UPSTREAM, "<failed: " + failure.cause().word() + ">");
    }
  }

  @Override
  public void sent(UpstreamStep step) {
    if (!isWanted()) {
      return;
    }
    switch (step) {
      case UpstreamStep.Send(String text) -> sent(text);
      case UpstreamStep.SendSecret(_, String kind) -> add(Way.TO_UPSTREAM, kind);
      case UpstreamStep.GiveUp(String text, _) -> sent(text);
      case UpstreamStep.StartTls _ -> add(Way.TO_UPSTREAM, "<starts TLS>");
      case UpstreamStep.Read _, UpstreamStep.LoggedIn _, UpstreamStep.Failed _ -> {}
    }
  }

  private void sent(String text) {
    text.lines().forEach(line -> add(Way.TO_UPSTREAM, words.sent(line)));
  }

  @Override
  public void heard(String line) {
    if (isWanted()) {
      add(Way.FROM_UPSTREAM, words.answered(line));
    }
  }

  /** Somebody logs in with that name, as it was typed. */
  void named(String loginName) {
    if (state instanceof State.Over || !watch.isOn()) {
      return;
    }
    CompletableFuture<Optional<TracedUser>> found = watch.find(loginName).toCompletableFuture();
    if (found.isDone()) {
      known(found.join());
    } else {
      known(Optional.empty());
      State asking = state;
      found.thenAccept(late ->
          loop.execute(() -> {
            if (state.equals(asking)) {
              known(late);
            }
          }));
    }
  }

  /** The hand-over: from here on nothing is shown. */
  void handedOver() {
    if (isWanted()) {
      add(Way.TO_CLIENT, "<hands over; the trace ends here>");
    }
    end();
  }

  /** Nothing more is shown, and nothing is kept. */
  void end() {
    drop();
    state = new State.Over();
  }

  private void known(Optional<TracedUser> user) {
    switch (state) {
      case State.Keeping(Kept kept, int names) -> {
        state = new State.Keeping(kept, names + 1);
        user.ifPresent(traced -> show(traced, kept));
      }
      case State.Showing _ ->
          state = user.<State>map(State.Showing::new).orElseGet(LoginTrace::keeping);
      case State.Off _ ->
          state = user.<State>map(State.Showing::new).orElseGet(LoginTrace::keeping);
      case State.Over _ -> {}
    }
  }

  private void show(TracedUser user, Kept kept) {
    if (kept.leftOut > 0) {
      show(
          user,
          new TraceLine(
              Way.FROM_CLIENT,
              trail.sinceOpened().toMillis(),
              "<lines left out before: " + kept.leftOut + ">"));
    }
    kept.lines.forEach(line -> show(user, line));
    drop();
    state = new State.Showing(user);
  }

  private void show(TracedUser user, TraceLine line) {
    if (user.takeLine()) {
      trail.events().traced(trail.session(), user.name(), line);
    }
  }

  private void add(Way way, String text) {
    TraceLine line = new TraceLine(way, trail.sinceOpened().toMillis(), text);
    switch (state) {
      case State.Keeping(Kept kept, int _) -> keep(kept, line);
      case State.Showing(TracedUser user) -> show(user, line);
      case State.Off _, State.Over _ -> {}
    }
  }

  /** Whether a line is of use to anybody; goes to the state in which it is. */
  private boolean isWanted() {
    switch (state) {
      case State.Off _ -> {
        if (watch.isOn()) {
          state = keeping();
        }
      }
      case State.Keeping _ -> {
        if (!watch.isOn()) {
          drop();
          state = new State.Off();
        }
      }
      case State.Showing(TracedUser user) -> {
        if (!user.isOn()) {
          state = new State.Off();
        }
      }
      case State.Over _ -> {}
    }
    return state instanceof State.Keeping || state instanceof State.Showing;
  }

  private static State keeping() {
    return new State.Keeping(new Kept(), 0);
  }

  private void keep(Kept kept, TraceLine line) {
    if (!room.borrow(bytes(line))) {
      kept.leftOut++;
      return;
    }
    kept.lines.addLast(line);
    if (kept.lines.size() > MOST_KEPT) {
      room.giveBack(bytes(kept.lines.removeFirst()));
      kept.leftOut++;
    }
  }

  private void drop() {
    if (state instanceof State.Keeping(Kept kept, int _)) {
      kept.lines.forEach(line -> room.giveBack(bytes(line)));
      kept.lines.clear();
    }
  }

  private static int bytes(TraceLine line) {
    return LINE_BYTES + line.text().length();
  }
}
