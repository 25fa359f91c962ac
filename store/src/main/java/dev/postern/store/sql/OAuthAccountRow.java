package dev.postern.store.sql;

import dev.postern.store.integrity.RowFacts;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.seal.Sealed;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of {@code oauth_accounts}.
 *
 * @param registration to whom the refresh token was given
 * @param generation of the refresh token; counts up with every new one
 * @param sealed the refresh token; empty when it is gone
 * @param version counts up with every change
 */
record OAuthAccountRow(
    String userId,
    String upstream,
    State state,
    String reason,
    Instant since,
    Optional<String> subject,
    String registration,
    Instant connectedAt,
    String connectedBy,
    long generation,
    String sealed,
    long version) {
  static final String TABLE = "oauth_accounts";

  OAuthAccountRow in(State next, String why, Instant at) {
    return new OAuthAccountRow(
        userId,
        upstream,
        next,
        why,
        at,
        subject,
        registration,
        connectedAt,
        connectedBy,
        generation,
        next == State.DISCONNECTED ? "" : sealed,
        version + 1);
  }

  /** With the same or another refresh token, sealed for that generation. */
  OAuthAccountRow with(long nextGeneration, String nextSealed) {
    return new OAuthAccountRow(
        userId,
        upstream,
        state,
        reason,
        since,
        subject,
        registration,
        connectedAt,
        connectedBy,
        nextGeneration,
        nextSealed,
        version + 1);
  }

  String key() {
    return key(userId, upstream);
  }

  static String key(String userId, String upstream) {
    return userId + "/" + upstream;
  }

  /** The cell that the refresh token is bound to. */
  Sealed.Place place() {
    return place(userId, upstream, generation);
  }

  static Sealed.Place place(String userId, String upstream, long generation) {
    return new Sealed.Place(TABLE, key(userId, upstream), userId, upstream, "sealed", generation);
  }

  /** All that means something. */
  RowFacts facts() {
    return RowFacts.of(TABLE)
        .text(userId)
        .text(upstream)
        .text(state.word())
        .text(reason)
        .number(since.toEpochMilli())
        .text(subject)
        .text(registration)
        .number(connectedAt.toEpochMilli())
        .text(connectedBy)
        .number(generation)
        .text(sealed)
        .number(version);
  }
}
