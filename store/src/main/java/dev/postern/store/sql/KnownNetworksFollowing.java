package dev.postern.store.sql;

import dev.postern.store.StoreException;
import dev.postern.store.guard.KnownNetworks;
import java.net.InetAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns from the record of sign-ins from where people logged in: all of the last month when a node
 * starts, so that everybody is known where he was before, and then what other nodes add. Used by
 * one thread at a time.
 */
final class KnownNetworksFollowing {
  static final int SECONDS = 5;

  /** Sign-ins are written some seconds late, by nodes whose clocks differ. */
  private static final Duration OVERLAP = Duration.ofMinutes(2);

  /**
   * A node that was cut off from the database writes them later; this long is looked back at times.
   */
  private static final Duration LONG_OVERLAP = Duration.ofHours(1);

  /** Five minutes. */
  private static final int RUNS_BETWEEN_LONG_LOOKS = 60;

  /** The latest ones at a start; the others have to log in once more. */
  private static final int MOST = 200_000;

  private static final Logger log = LoggerFactory.getLogger(KnownNetworksFollowing.class);

  private final Database database;
  private final KnownNetworks known;
  private final Clock clock;
  private Instant seen;
  private int runsSinceLongLook;
  private boolean isHeldUp;

  KnownNetworksFollowing(Database database, KnownNetworks known, Clock clock) {
    this.database = database;
    this.known = known;
    this.clock = clock;
    this.seen = clock.instant().minus(KnownNetworks.KNOWN_FOR);
  }

  /** Reads what is new; while that is not possible, what is known stays known. */
  synchronized void run() {
    Instant now = clock.instant();
    try {
      List<Login> logins = logins(seen.minus(overlap()));
      logins.forEach(
          login -> known.loggedIn(login.userId(), login.peer(), Duration.between(login.at(), now)));
      seen = now;
      isHeldUp = false;
    } catch (StoreException e) {
      if (!isHeldUp) {
        log.warn("from where people logged in is not followed: {}", e.getMessage());
      }
      isHeldUp = true;
    }
  }

  private Duration overlap() {
    runsSinceLongLook = (runsSinceLongLook + 1) % RUNS_BETWEEN_LONG_LOOKS;
    return runsSinceLongLook == 0 ? LONG_OVERLAP : OVERLAP;
  }

  private record Login(String userId, InetAddress peer, Instant at) {}

  private List<Login> logins(Instant since) {
    return database.read(handle ->
        handle
            .createQuery(
                """
                SELECT user_id, peer, MAX(last_at) AS latest FROM sign_ins
                WHERE last_at >= :since AND outcome = 'accepted'
                    AND user_id IS NOT NULL AND peer IS NOT NULL
                GROUP BY user_id, peer ORDER BY latest DESC LIMIT :most
                """)
            .bind("since", since.toEpochMilli())
            .bind("most", MOST)
            .map((row, _) -> login(row))
            .stream()
            .flatMap(Optional::stream)
            .toList());
  }

  /** Empty if somebody else has written it: it makes nobody known. */
  private static Optional<Login> login(ResultSet row) throws SQLException {
    String user = row.getString("user_id");
    Instant at = Instant.ofEpochMilli(row.getLong("latest"));
    return PeerKey.find(row.getString("peer")).map(peer -> new Login(user, peer, at));
  }
}
