package dev.postern.gateway.net;

import dev.postern.gateway.Caps;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.auth.Grant;
import java.net.InetAddress;
import java.util.function.IntSupplier;

/**
 * The places for sessions: of each app password, of each user, and of each user in one network.
 * Limits are of the whole site; this node keeps to its share of them, rounded up. Safe for use by
 * several threads.
 */
public final class SessionCaps {
  private final Caps caps;
  private final IntSupplier liveNodes;
  private final Tally<String> byCredential = new Tally<>();
  private final Tally<String> byUser = new Tally<>();
  private final Tally<UserNetwork> byUserAndNetwork = new Tally<>();

  private record UserNetwork(String userId, ClientNetwork network) {}

  /** What a good login gets. */
  sealed interface Answer {
    /** A place, until it is given back; used by one thread. */
    final class Place implements Answer {
      private Runnable release;

      private Place(Runnable release) {
        this.release = release;
      }

      /** A second time does nothing. */
      void giveBack() {
        Runnable once = release;
        release = () -> {};
        once.run();
      }
    }

    /** None. */
    record Full(ConnectionRefusal why) implements Answer {}
  }

  /**
   * @param liveNodes how many nodes there are, this one included; cheap
   */
  public SessionCaps(Caps caps, IntSupplier liveNodes) {
    this.caps = caps;
    this.liveNodes = liveNodes;
  }

  /** A place for one session of a user who connects from {@code client}. */
  Answer take(Grant grant, InetAddress client) {
    String credential = grant.credentialId();
    String user = grant.userId();
    UserNetwork userNetwork = new UserNetwork(user, ClientNetwork.of(client));
    if (!byCredential.take(credential, share(caps.perCredential()))) {
      return new Answer.Full(ConnectionRefusal.CREDENTIAL_SESSIONS);
    }
    if (!byUser.take(user, share(caps.perUser()))) {
      byCredential.release(credential);
      return new Answer.Full(ConnectionRefusal.USER_SESSIONS);
    }
    if (!byUserAndNetwork.take(userNetwork, ofNetwork(client))) {
      byUser.release(user);
      byCredential.release(credential);
      return new Answer.Full(ConnectionRefusal.USER_NETWORK_SESSIONS);
    }
    return new Answer.Place(() -> {
      byUserAndNetwork.release(userNetwork);
      byUser.release(user);
      byCredential.release(credential);
    });
  }

  /** Whether nobody has a place, and nothing is kept of those who had. */
  boolean isEmpty() {
    return byCredential.isEmpty() && byUser.isEmpty() && byUserAndNetwork.isEmpty();
  }

  /** Webmail that does not say whom it speaks for is everybody's network. */
  private int ofNetwork(InetAddress client) {
    return caps.isTrusted(client) ? Integer.MAX_VALUE : share(caps.perUserAndNetwork());
  }

  private int share(int limit) {
    return Math.ceilDiv(limit, Math.max(1, liveNodes.getAsInt()));
  }
}
