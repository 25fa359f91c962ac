package dev.postern.store.session;

import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * A session that is over, as it stays on record.
 *
 * @param id of its entry
 * @param session as in the log of its node
 * @param userId or the pseudonym of one who was erased
 * @param user the name today; empty if there is no such user any more
 * @param credentialId empty for a person's own password, and if the user was erased
 * @param peer the client; empty if the user was erased
 * @param mailbox where its mail was; empty if it never came to an upstream
 * @param endedAt when that was noticed, if its node died
 * @param up bytes from the client
 * @param down bytes to the client
 * @param end why: the log's word, or {@value #LOST}
 */
public record EndedSession(
    String id,
    String session,
    String userId,
    Optional<String> user,
    String credentialId,
    Scope protocol,
    Optional<InetSocketAddress> peer,
    String clientName,
    Optional<Mailbox> mailbox,
    Instant startedAt,
    Instant endedAt,
    long up,
    long down,
    String end) {
  /** Its node died; when it ended and how much went through it nobody knows. */
  public static final String LOST = "lost";
}
