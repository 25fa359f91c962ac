package dev.postern.gateway.login;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * What a protocol wants done about one command. Whether it may be done, and what is to be said if
 * not, {@link LoginDialogue} knows.
 *
 * @param <K> what the protocol knows of its client; each move says what it knows now
 */
public sealed interface Move<K> {

  /** Those that the middle of a SASL exchange leaves room for. */
  sealed interface InExchange<K> extends Move<K> {}

  /** Say {@code text} and read on. */
  record Say<K>(K client, String text) implements Move<K> {}

  /** Say {@code text} and read the literal that it invites. */
  record Invite<K>(K client, String text) implements Move<K> {}

  /** Say {@code text} about a command that was not good; it counts. */
  record Complain<K>(K client, String text) implements InExchange<K> {}

  /** Note whom the client, which may say so, speaks for, and say {@code text}. */
  record SpeakFor<K>(K client, ClientAddress stated, String text) implements Move<K> {}

  /** Start TLS, if it is offered here and not on yet. */
  record StartTls<K>(K client) implements Move<K> {}

  /** Have the credentials verified, if they came safely. */
  record Verify<K>(K client, Credentials credentials) implements Move<K> {}

  /**
   * Refuse what would have the client send its secret in clear.
   *
   * @param mechanism as in {@link Credentials}
   */
  record RefuseInClear<K>(K client, String mechanism) implements Move<K> {}

  /**
   * Begin a SASL exchange, if it may be had here.
   *
   * @param mechanism as the client wrote it
   * @param initial base64 text, or {@code =} for an empty one
   */
  record Authenticate<K>(K client, String mechanism, Optional<Secret> initial) implements Move<K> {}

  /** Go on with the exchange. */
  record Respond<K>(Secret line) implements InExchange<K> {}

  /** Say {@code text} and close. */
  record HangUp<K>(String text) implements InExchange<K> {}

  /** This command cannot have come here but by a fault of ours: the session ends. */
  record OutOfStep<K>() implements InExchange<K> {}
}
