package dev.postern.gateway.net;

import java.util.List;

/**
 * What a listener tells a client before it knows the client's upstream.
 *
 * @param extensions see {@link dev.postern.gateway.dialogue.SessionFacts#extensions}
 * @param promised see {@link dev.postern.gateway.dialogue.UpstreamPlan#promised}
 */
public record Announcement(List<String> extensions, List<String> promised) {

  /** Nothing beyond the protocol itself. */
  public static final Announcement NONE = new Announcement(List.of(), List.of());

  public Announcement {
    extensions = List.copyOf(extensions);
    promised = List.copyOf(promised);
  }
}
