package dev.postern.store.oauth;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

/**
 * Which ends of a consent may pass: where it was a rule of the organisation that the provider went
 * by, the same refresh token works again once an administrator has changed the rule there.
 */
public final class ConsentEnd {
  /** Between two tries of such a consent, on all nodes together. */
  public static final Duration PAUSE = Duration.ofHours(1);

  /**
   * Of Microsoft: a second factor is wanted (50076, 50079), Conditional Access forbids it (53003),
   * an administrator has not agreed to the permissions (65001), the account is disabled (50057).
   */
  private static final Set<String> RULES =
      Set.of(
          "interaction_required",
          "AADSTS50076",
          "AADSTS50079",
          "AADSTS53003",
          "AADSTS65001",
          "AADSTS50057");

  private ConsentEnd() {}

  /**
   * Whether it may.
   *
   * @param reason codes of the provider, as in {@link TokenTrouble#detail}
   */
  public static boolean mayPass(String reason) {
    return Arrays.stream(reason.split(" ", -1)).anyMatch(RULES::contains);
  }
}
