package dev.postern.gateway.net;

import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.SessionStart;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A registry without a database: who is shown can be looked at, and kicked at every gateway. */
public final class OpenRegistry implements SessionRegistry {
  private final Set<LiveSession> live = ConcurrentHashMap.newKeySet();
  private final List<LiveSession> ended = new CopyOnWriteArrayList<>();
  private final List<Consumer<SessionFilter>> listeners = new CopyOnWriteArrayList<>();
  public volatile int nodes = 1;

  @Override
  public LiveSession begin(SessionStart start) {
    LiveSession session = new LiveSession(start, _ -> {}, this::ended);
    live.add(session);
    return session;
  }

  @Override
  public void onKick(Consumer<SessionFilter> listener) {
    listeners.add(listener);
  }

  @Override
  public int liveNodes() {
    return nodes;
  }

  private void ended(LiveSession session) {
    if (live.remove(session)) {
      session.end().ifPresent(_ -> ended.add(session));
    }
  }

  /** Those that go on record, in their order. */
  public List<LiveSession> ended() {
    return ended;
  }

  public Set<LiveSession> live() {
    return live;
  }

  /** The only session there is. */
  public LiveSession only() {
    if (live.size() != 1) {
      throw new AssertionError("sessions: " + live.size());
    }
    return live.iterator().next();
  }

  public void kick(SessionFilter which) {
    listeners.forEach(listener -> listener.accept(which));
  }
}
