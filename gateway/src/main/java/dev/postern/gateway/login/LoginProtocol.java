package dev.postern.gateway.login;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.RejectReason;

/**
 * What is a protocol's own before the login: how its commands read, and its words. It keeps no
 * state: what it knows of a client it is given and gives back. Texts are as in {@link
 * dev.postern.gateway.dialogue.FrontStep}.
 *
 * @param <C> the protocol's sealed command type
 * @param <K> what the protocol knows of its client
 */
public interface LoginProtocol<C, K> {

  /** What is known of a client that has said nothing, or nothing since TLS started. */
  K stranger();

  /** The first word of all. */
  String greeting(Tls tls);

  /** A command while none is being worked on. */
  Move<K> open(Tls tls, K client, C command);

  /** What came in the middle of a SASL exchange. */
  Move.InExchange<K> exchange(Tls tls, K client, C command);

  /** What the client calls itself, for the log; perhaps empty. */
  String clientName(K client);

  /** What is said at that point, to a client that asked for something. */
  String say(Word word, K client);

  /**
   * A challenge.
   *
   * @param base64 perhaps empty
   */
  String challenge(String base64);

  /** The login is refused. */
  Refusal<K> rejected(Tls tls, K client, RejectReason reason);

  /** Nobody can say now whether the login is good. */
  Refusal<K> unavailable(K client);

  /** There were too many wrong ones: the client is to come back later, whatever this one was. */
  Refusal<K> throttled(K client);

  /** It is good, but the mail server lets us down. */
  Refusal<K> upstreamFailed(Tls tls, K client, UpstreamFailure.Cause cause);

  /** It is good, but there are as many sessions as there may be. */
  Refusal<K> tooManySessions(Tls tls, K client);

  /** The only word to a client for which there is no room. */
  String noRoom(FrontEvent.Crowd crowd);

  /**
   * Success.
   *
   * @param isNoticeDue whether it says, too, that the person's own password will soon not do
   */
  String loggedIn(K client, UpstreamSession session, boolean isNoticeDue);

  /** The last word on a connection that we end. */
  String ending(FrontEvent.Reason reason);

  /**
   * What is said to a refused login.
   *
   * @param client what is known of it from here on
   */
  record Refusal<K>(K client, String text) {}
}
