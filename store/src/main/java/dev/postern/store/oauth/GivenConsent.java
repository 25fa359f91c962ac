package dev.postern.store.oauth;

import java.util.List;
import java.util.Optional;

/**
 * What came of a person's yes. Whether it connects anything says {@link ConsentOwner#objection}.
 *
 * @param ungranted what was asked for and not given, in the words of the configuration; what only
 *     says who the person is, or that we may come back, is left out
 */
public record GivenConsent(Minted minted, Whose whose, List<String> ungranted) {

  public GivenConsent {
    ungranted = List.copyOf(ungranted);
  }

  /** Whose mailbox it is, in the provider's words. */
  public sealed interface Whose {
    record Named(String name) implements Whose {}

    /**
     * The provider does not say it, or not in a way that counts.
     *
     * @param why for a log; nothing that the provider wrote
     */
    record Nobody(String why) implements Whose {}

    default Optional<String> subject() {
      return switch (this) {
        case Named(String name) -> Optional.of(name);
        case Nobody _ -> Optional.empty();
      };
    }
  }
}
