package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Secret;

/** What the upstream side does next. */
public sealed interface UpstreamStep {

  /** Read the next line. */
  record Read() implements UpstreamStep {}

  /** Send {@code line} (or several, each with its CRLF; no secret in it) and read. */
  record Send(String line) implements UpstreamStep {}

  /**
   * Send a line that carries a secret (with its CRLF) and read; whoever sends it closes it.
   *
   * @param kind what a trace may show of it: our own words alone
   */
  record SendSecret(Secret line, String kind) implements UpstreamStep {}

  /** Start TLS now; any byte that is already there is an attack and ends the login. */
  record StartTls() implements UpstreamStep {}

  /** Done: hand over. */
  record LoggedIn(UpstreamSession session) implements UpstreamStep {}

  /** Not to be had, which the server is told with {@code line} (with its CRLF; no secret in it). */
  record GiveUp(String line, UpstreamFailure failure) implements UpstreamStep {}

  /** Not to be had. */
  record Failed(UpstreamFailure failure) implements UpstreamStep {}
}
