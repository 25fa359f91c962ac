package dev.postern.admin.auth;

import dev.postern.store.auth.Secret;

/** How a proxy that knows passwords alone logs in at an upstream. */
public sealed interface Handover {

  /**
   * In clear, by name and password.
   *
   * @param address literal, without brackets
   * @param password the caller closes it
   */
  record With(String upstream, String address, int port, String user, Secret password)
      implements Handover {}

  /**
   * Not at all.
   *
   * @param upstream as far as it is known, else empty
   * @param why for operators
   */
  record Not(String upstream, String why) implements Handover {}
}
