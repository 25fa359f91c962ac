package dev.postern.admin;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ConsentLinks.Outcome;
import java.util.Optional;

/** Takes up what browsers bring back from a provider; may block. Called by several threads. */
public interface ConsentDesk {

  /**
   * A browser has come back.
   *
   * @param code what the provider gave; empty if it gave none. The caller closes it
   * @param error what it says in its place
   * @return empty while the node is still starting
   */
  Optional<Outcome> follow(String state, Optional<Secret> code, Optional<String> error);
}
