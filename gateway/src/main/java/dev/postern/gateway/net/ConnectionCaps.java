package dev.postern.gateway.net;

import dev.postern.gateway.Caps;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.guard.Networks;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The places for connections on this node: in all, at each listener, before the login, and of each
 * client or known network. The places before the login are fewer than all, so that those who never
 * log in leave room for sessions, and the last quarter of them is not for strangers, so that these
 * leave room for those who were here before.
 *
 * <p>Keeps nothing of addresses without a connection. Safe for use by several threads.
 */
public final class ConnectionCaps {

  /** So many that are turned away may be told why at once; others are closed without a word. */
  static final int MOST_TOLD = 64;

  private static final AttributeKey<Place> PLACE =
      AttributeKey.valueOf(ConnectionCaps.class, "place");

  private final Networks networks;
  private volatile Caps caps;
  private volatile Places places;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger beforeLogin = new AtomicInteger();
  private final AtomicInteger told = new AtomicInteger();
  private final Tally<ClientNetwork> byNetwork = new Tally<>();
  private final LoginMemory memory = new LoginMemory(LoginMemory.USUAL);
  private final AcceptGate gate;

  /**
   * How many there are.
   *
   * @param beforeLogin of the total
   */
  public record Places(int total, int beforeLogin) {

    /** What is left for strangers among those before the login; at least one. */
    int strangers() {
      return Math.max(1, beforeLogin - beforeLogin / 4);
    }
  }

  public ConnectionCaps(Caps caps, Places places, Networks networks) {
    this.caps = caps;
    this.places = places;
    this.networks = networks;
    this.gate =
        new AcceptGate(
            () -> open.get() >= this.places.total() && told.get() >= MOST_TOLD,
            () -> open.get() < this.places.total(),
            System::nanoTime);
  }

  /** For those who come from now on; nobody who is here has to go. */
  public void limit(Caps newCaps, Places newPlaces) {
    caps = newCaps;
    places = newPlaces;
    gate.wentOut();
  }

  /** What those hold that are not logged in. */
  LoginMemory memory() {
    return memory;
  }

  /** Accepts through {@code server} while there is room. */
  void guard(Channel server) {
    gate.guard(server);
  }

  /**
   * A connection has come; has no place yet.
   *
   * @param listener how many connections its listener has
   * @param limit how many it may have
   */
  Place arrived(AtomicInteger listener, OptionalInt limit) {
    return new Place(listener, limit.orElse(Integer.MAX_VALUE));
  }

  /** The client of that channel is logged in: it is no longer one of those that may not be. */
  static void loggedIn(Channel front) {
    Place place = front.attr(PLACE).get();
    if (place != null) {
      place.loggedIn();
    }
  }

  /**
   * Whether more than a quarter of the places that strangers have is taken, so that none is to be
   * held for longer than needed.
   */
  boolean isCrowded() {
    return beforeLogin.get() > places.strangers() / 4;
  }

  /** Whether nobody is here, and nothing is kept of those who were. */
  boolean isEmpty() {
    return open.get() == 0
        && beforeLogin.get() == 0
        && told.get() == 0
        && byNetwork.isEmpty()
        && memory.left() == LoginMemory.USUAL;
  }

  /** Whether a program there may say whom it speaks for. */
  boolean isTrusted(InetAddress client) {
    return caps.isTrusted(client);
  }

  private NetworkStanding standing(InetAddress client) {
    return switch (networks.standing(client)) {
      case DENIED -> NetworkStanding.DENIED;
      case ALLOWED -> NetworkStanding.ALLOWED;
      case KNOWN -> caps.isTrusted(client) ? NetworkStanding.ALLOWED : NetworkStanding.KNOWN;
      case UNKNOWN -> caps.isTrusted(client) ? NetworkStanding.ALLOWED : NetworkStanding.UNKNOWN;
    };
  }

  private static boolean take(AtomicInteger count, int limit) {
    return count.getAndUpdate(taken -> taken < limit ? taken + 1 : taken) < limit;
  }

  /** One connection, from its coming to its end. Used by its event loop. */
  final class Place {
    private final AtomicInteger listener;
    private final int listenerLimit;
    private Stage stage = Stage.OUTSIDE;
    private @Nullable ClientNetwork network;

    private enum Stage {
      OUTSIDE,
      BEFORE_LOGIN,
      LOGGED_IN,
      /** Turned away, and being told so. */
      TOLD
    }

    private Place(AtomicInteger listener, int listenerLimit) {
      this.listener = listener;
      this.listenerLimit = listenerLimit;
    }

    /** Gives the place back when {@code front} closes; lets {@link #loggedIn(Channel)} find it. */
    void holdFor(Channel front) {
      front.attr(PLACE).set(this);
      front.closeFuture().addListener(_ -> leave());
    }

    /** Takes a place for a client whose address is known; why not, if not. */
    Optional<ConnectionRefusal> admit(InetAddress client) {
      NetworkStanding standing = standing(client);
      return standing == NetworkStanding.DENIED
          ? Optional.of(ConnectionRefusal.BANNED)
          : admitAnybody().or(() -> stay(client, standing));
    }

    /** Takes a place for the client of a proxy, which is yet to say who that is. */
    Optional<ConnectionRefusal> admitAnybody() {
      if (!take(open, places.total())) {
        return Optional.of(ConnectionRefusal.TOO_MANY);
      }
      if (!take(listener, listenerLimit)) {
        open.decrementAndGet();
        return Optional.of(ConnectionRefusal.LISTENER_FULL);
      }
      if (!take(beforeLogin, places.beforeLogin())) {
        listener.decrementAndGet();
        open.decrementAndGet();
        return Optional.of(ConnectionRefusal.BEFORE_LOGIN_FULL);
      }
      stage = Stage.BEFORE_LOGIN;
      return Optional.empty();
    }

    /**
     * Whether the client may stay that {@link #admitAnybody} let in; gone from its place if not.
     */
    Optional<ConnectionRefusal> admitted(InetAddress client) {
      return stay(client, standing(client));
    }

    private Optional<ConnectionRefusal> stay(InetAddress client, NetworkStanding standing) {
      Optional<ConnectionRefusal> refusal =
          switch (standing) {
            case DENIED -> Optional.of(ConnectionRefusal.BANNED);
            case ALLOWED -> Optional.empty();
            case KNOWN ->
                takeOf(
                    ClientNetwork.of(client),
                    caps.perKnownNetwork(),
                    ConnectionRefusal.NETWORK_FULL);
            case UNKNOWN ->
                beforeLogin.get() > places.strangers()
                    ? Optional.of(ConnectionRefusal.BEFORE_LOGIN_FULL)
                    : takeOf(
                        ClientNetwork.ofAddress(client),
                        caps.perAddress(),
                        ConnectionRefusal.ADDRESS_FULL);
          };
      if (refusal.isPresent()) {
        leave();
      }
      return refusal;
    }

    private Optional<ConnectionRefusal> takeOf(
        ClientNetwork client, int limit, ConnectionRefusal why) {
      if (!byNetwork.take(client, limit)) {
        return Optional.of(why);
      }
      network = client;
      return Optional.empty();
    }

    /** Whether this client, which has no place, may wait here for a last word. */
    boolean mayBeTold() {
      boolean mayStay = take(told, MOST_TOLD);
      if (mayStay) {
        stage = Stage.TOLD;
      }
      gate.cameIn();
      return mayStay;
    }

    private void loggedIn() {
      if (stage == Stage.BEFORE_LOGIN) {
        leaveTheUnproven();
        stage = Stage.LOGGED_IN;
      }
    }

    private void leaveTheUnproven() {
      beforeLogin.decrementAndGet();
      if (network != null) {
        byNetwork.release(network);
        network = null;
      }
    }

    private void leave() {
      switch (stage) {
        case OUTSIDE -> {}
        case BEFORE_LOGIN -> {
          leaveTheUnproven();
          listener.decrementAndGet();
          open.decrementAndGet();
        }
        case LOGGED_IN -> {
          listener.decrementAndGet();
          open.decrementAndGet();
        }
        case TOLD -> told.decrementAndGet();
      }
      stage = Stage.OUTSIDE;
      gate.wentOut();
    }
  }
}
