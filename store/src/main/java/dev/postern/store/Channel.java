package dev.postern.store;

import java.util.Arrays;

/** How a change was asked for, for the audit. */
public enum Channel {
  /** A command at this machine. */
  CLI("cli"),
  API("api"),
  PORTAL("portal"),
  /** What Postern does by itself while it runs. */
  GATEWAY("gateway"),
  /** What Postern does by itself as it starts. */
  START("start"),
  /** Somebody followed a link by which a user consents. */
  LINK("link"),
  /** A word that this version does not know: of a newer node, or of somebody else. */
  OTHER("other");

  private final String word;

  Channel(String word) {
    this.word = word;
  }

  /** As it stands in the database, in webhooks and in answers of the admin API. */
  public String word() {
    return word;
  }

  /** {@link #OTHER} if none has that word: the record is read whatever stands in it. */
  public static Channel of(String word) {
    return Arrays.stream(values())
        .filter(channel -> channel.word.equals(word))
        .findFirst()
        .orElse(OTHER);
  }
}
