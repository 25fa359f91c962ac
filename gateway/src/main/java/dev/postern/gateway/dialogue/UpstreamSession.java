package dev.postern.gateway.dialogue;

import java.util.List;

/**
 * An upstream session that is logged in.
 *
 * @param features IMAP: capability words after login; SMTP: EHLO lines (keyword and parameters);
 *     POP3: lines of CAPA before login; never filtered here
 */
public record UpstreamSession(List<String> features) {
  public UpstreamSession {
    features = List.copyOf(features);
  }
}
