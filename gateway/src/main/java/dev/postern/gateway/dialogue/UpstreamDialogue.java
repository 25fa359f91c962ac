package dev.postern.gateway.dialogue;

/**
 * Our side of a login at a real server: takes one input, returns one step. Pure, like {@link
 * FrontDialogue}. After {@link UpstreamStep.LoggedIn}, {@link UpstreamStep.GiveUp} and {@link
 * UpstreamStep.Failed} it gets nothing more.
 */
public interface UpstreamDialogue {

  /**
   * The connection stands (with implicit TLS: is encrypted and the name verified); the greeting is
   * awaited.
   */
  UpstreamStep connected();

  /**
   * A line from the server without its line end, each character one byte (ISO 8859-1).
   *
   * @param line at most 8,192 characters; a longer one ends the login before it gets here
   */
  UpstreamStep line(String line);

  /** The handshake after {@link UpstreamStep.StartTls} is done and the name verified. */
  UpstreamStep tlsStarted();

  /**
   * Whether the server may send this line before we ask for anything, as IMAP's untagged responses.
   * Any other whole line that waits when we are about to send ends the login: it would be taken for
   * the answer to what we send.
   */
  default boolean mayRunAhead(String line) {
    return false;
  }
}
