package dev.postern.gateway.dialogue;

import java.util.List;

/**
 * An upstream session that is logged in.
 *
 * @param features IMAP: capability words after login; SMTP: EHLO lines (keyword and parameters);
 *     POP3: lines of CAPA before login; never filtered here
 * @param isWatched whether a {@link Tap} is going to watch it
 */
public record UpstreamSession(List<String> features, boolean isWatched) {
  public UpstreamSession {
    features = List.copyOf(features);
  }

  /** One that nobody watches. */
  public UpstreamSession(List<String> features) {
    this(features, false);
  }

  /** The same, watched or not. */
  public UpstreamSession watched(boolean isToBe) {
    return new UpstreamSession(features, isToBe);
  }
}
