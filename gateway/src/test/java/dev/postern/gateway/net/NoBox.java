package dev.postern.gateway.net;

import dev.postern.store.auth.Secret;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;

/** Nothing is sealed here. */
public record NoBox() implements SecretBox {
  @Override
  public Sealed seal(Secret secret, Sealed.Place place) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Secret open(Sealed value) {
    throw new SealBrokenException("nothing opens here");
  }
}
