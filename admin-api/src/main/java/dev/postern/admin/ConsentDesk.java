package dev.postern.admin;

import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import java.util.Optional;

/** Takes up what browsers bring back from a provider; may block. Called by several threads. */
public interface ConsentDesk {

  /**
   * A browser has come back.
   *
   * @return empty while the node is still starting
   */
  Optional<Outcome> follow(String state, Brought brought);
}
