package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.store.trace.TraceWatch;
import java.util.concurrent.Executor;

/** Whose logins are traced, and room for what is kept before it is known whose one is. */
public final class LoginTraces {
  /** Bytes for all connections together: of some 500 that hold as much as one may. */
  private static final long USUAL_ROOM = 8L * 1024 * 1024;

  private final TraceWatch watch;
  private final LoginMemory room;

  /** Of a node. */
  public LoginTraces(TraceWatch watch) {
    this(watch, USUAL_ROOM);
  }

  /**
   * @param room bytes for what connections keep
   */
  LoginTraces(TraceWatch watch, long room) {
    this.watch = watch;
    this.room = new LoginMemory(room);
  }

  /**
   * The trace of a new connection.
   *
   * @param loop the connection's thread
   */
  <C> LoginTrace<C> of(TraceWords<C> words, SessionTrail trail, Executor loop) {
    return new LoginTrace<>(watch, room, words, trail, loop);
  }
}
