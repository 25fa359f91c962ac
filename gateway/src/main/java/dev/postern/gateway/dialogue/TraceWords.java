package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Secret;

/**
 * What of a protocol's login a trace may show: the kind of each line, in words that are ours
 * already. Nothing is cut out of what was said, so nothing can be left in: of a client's or a
 * server's line only what is in a list of ours is named, and of our own replies nothing is shown
 * that a client or a server has put there. Pure; safe for use by several threads.
 *
 * @param <C> the protocol's sealed command type
 */
public interface TraceWords<C> {
  /** A login name, or what a client calls itself. */
  String NAME = "<name>";

  String SECRET = "<secret>";

  /** A response of a SASL exchange. */
  String RESPONSE = "<response>";

  /** A word that is in no list of ours. */
  String OTHER = "<other>";

  /** Free text of a server, which may repeat what we sent. */
  String TEXT = "<text>";

  String CHALLENGE = "<challenge>";
  String NEEDS_LOGIN = "<command that needs a login>";
  String TOO_LONG = "<line that is too long>";
  String OTHER_PROTOCOL = "<another protocol>";

  /**
   * What a client said. Looks at a secret no further than whether it is none.
   *
   * @param octets of its line, line end included
   */
  String said(C command, int octets);

  /**
   * A line of ours to a client.
   *
   * @param line without line end
   */
  String replied(String line);

  /** As above, of a line without a secret to an upstream. */
  String sent(String line);

  /** As above, of an upstream's line. */
  String answered(String line);

  /** A line that is nothing that the protocol knows. */
  static String noCommand(int octets) {
    return "<line of " + octets + " bytes that is no command>";
  }

  /** As above, of a server. */
  static String noReply(String line) {
    return "<line of " + line.length() + " bytes that is no reply>";
  }

  /** The response of a SASL exchange, also an initial one. */
  static String response(Secret line) {
    return line.expose(TraceWords::response);
  }

  private static String response(byte[] line) {
    if (line.length == 1 && line[0] == '*') {
      return "*";
    }
    boolean isEmpty = line.length == 0 || (line.length == 1 && line[0] == '=');
    return isEmpty ? "<empty response>" : RESPONSE;
  }
}
