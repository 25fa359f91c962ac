package dev.postern.store.oauth;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A user's consent at an upstream, without the token.
 *
 * @param reason why it is in that state, in codes; empty if it is connected
 * @param since when it came into that state
 * @param subject the mailbox that the provider named, as far as it did
 * @param connectedBy whoever connected it: the user, where it came by a link
 * @param refreshedAt when the provider last took it
 */
public record OAuthAccount(
    String userId,
    String user,
    String upstream,
    State state,
    String reason,
    Instant since,
    Optional<String> subject,
    Instant connectedAt,
    String connectedBy,
    Instant refreshedAt) {

  /** Whether it can be used. */
  public enum State {
    CONNECTED,
    /** The provider takes it no more: a person must consent again. */
    NEEDS_CONSENT,
    /** Somebody here ended it; the token is gone. */
    DISCONNECTED;

    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** That of a {@link #word}. */
    public static Optional<State> of(String word) {
      for (State state : values()) {
        if (state.word().equals(word)) {
          return Optional.of(state);
        }
      }
      return Optional.empty();
    }
  }
}
