package dev.postern.gateway;

import dev.postern.store.Store;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Verifier;
import dev.postern.store.seal.SecretBox;
import java.util.function.Consumer;

/**
 * The part of a {@link Store} that the gateway uses.
 *
 * @param changes takes a listener that is told of each user whose rows changed
 */
record StoreAccess(Verifier verifier, SecretBox secretBox, Consumer<Consumer<UserChange>> changes) {

  static StoreAccess of(Store store) {
    return new StoreAccess(store.verifier(), store.secretBox(), store::onUserChanged);
  }
}
