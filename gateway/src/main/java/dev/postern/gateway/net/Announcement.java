package dev.postern.gateway.net;

import java.util.List;

/**
 * What a listener tells a client before it knows the client's upstream.
 *
 * @param extensions see {@link dev.postern.gateway.dialogue.SessionFacts#extensions}
 * @param promised see {@link dev.postern.gateway.dialogue.UpstreamPlan#promised}
 * @param floor see {@link dev.postern.gateway.dialogue.UpstreamPlan#floor}
 */
public record Announcement(List<String> extensions, List<String> promised, List<String> floor) {

  /** Nothing beyond the protocol itself. */
  public static final Announcement NONE = new Announcement(List.of(), List.of());

  public Announcement {
    extensions = List.copyOf(extensions);
    promised = List.copyOf(promised);
    floor = List.copyOf(floor);
  }

  /** Nothing that was configured. */
  public Announcement(List<String> extensions, List<String> promised) {
    this(extensions, promised, List.of());
  }
}
