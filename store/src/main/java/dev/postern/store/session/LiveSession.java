package dev.postern.store.session;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A session of this node, as long as it lives. Its event loop alone changes it; any thread may look
 * at it. Nothing here blocks.
 */
public final class LiveSession implements AutoCloseable {
  private final SessionStart start;
  private final Consumer<LiveSession> changed;
  private final Consumer<LiveSession> ended;
  private final AtomicLong up = new AtomicLong();
  private final AtomicLong down = new AtomicLong();
  private volatile Optional<Mailbox> mailbox = Optional.empty();
  private volatile Optional<String> end = Optional.empty();
  private volatile SessionState state = SessionState.CONNECTING;

  /**
   * @param changed told of everything but bytes
   * @param ended told each time it is closed
   */
  public LiveSession(
      SessionStart start, Consumer<LiveSession> changed, Consumer<LiveSession> ended) {
    this.start = start;
    this.changed = changed;
    this.ended = ended;
  }

  public SessionStart start() {
    return start;
  }

  public Optional<String> upstream() {
    return mailbox.map(Mailbox::upstream);
  }

  /** Where its mail is, as soon as that is known. */
  public Optional<Mailbox> mailbox() {
    return mailbox;
  }

  /** Why it ended; empty as long as it lives, and if the login came to nothing. */
  public Optional<String> end() {
    return end;
  }

  public SessionState state() {
    return state;
  }

  /** Bytes from the client so far. */
  public long up() {
    return up.get();
  }

  /** Bytes to the client so far. */
  public long down() {
    return down.get();
  }

  /** It is known where it leads. */
  public void routed(Mailbox where) {
    mailbox = Optional.of(where);
    changed.accept(this);
  }

  /** From now on bytes pass. */
  public void relaying() {
    state = SessionState.RELAYING;
    changed.accept(this);
  }

  /** So many bytes came from the client. */
  public void movedUp(int bytes) {
    up.lazySet(up.getPlain() + bytes);
  }

  /** So many bytes went to the client. */
  public void movedDown(int bytes) {
    down.lazySet(down.getPlain() + bytes);
  }

  /**
   * It is over, and goes on record; closing twice is harmless.
   *
   * @param why the log's word
   */
  public void close(String why) {
    if (end.isEmpty()) {
      end = Optional.of(why);
    }
    close();
  }

  /** It is over as if it had never been: the login came to nothing. */
  @Override
  public void close() {
    ended.accept(this);
  }
}
