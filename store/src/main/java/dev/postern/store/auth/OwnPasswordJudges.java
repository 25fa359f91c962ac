package dev.postern.store.auth;

/** Tells whether anybody judges people's own passwords where their sessions go. */
@FunctionalInterface
public interface OwnPasswordJudges {
  /** Wherever they go. */
  OwnPasswordJudges EVERYWHERE = _ -> true;

  /**
   * Whether there is one where a session with this grant, for an own password, would go. Called on
   * any thread, perhaps for each login; pure and at once.
   */
  boolean hasOneFor(Grant grant);
}
