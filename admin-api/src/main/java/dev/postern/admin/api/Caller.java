package dev.postern.admin.api;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.Role;
import java.net.InetAddress;
import java.util.Optional;

/** Whose request it is. */
record Caller(ApiToken token, InetAddress address) {

  Role role() {
    return token.role();
  }

  /** For the audit. */
  Actor actor(Optional<Actor.Once> once) {
    return new Actor(token.name(), role().word(), Channel.API, Optional.of(address), once);
  }
}
