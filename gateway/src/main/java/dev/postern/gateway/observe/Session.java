package dev.postern.gateway.observe;

import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * One connection of a mail client, as listeners of events know it.
 *
 * @param id short and random; joins the lines of one connection in the log
 * @param peer the client's address, after any trusted proxy header
 * @param local the address that the client connected to, likewise
 */
public record Session(
    String id, Scope protocol, Tls tls, InetSocketAddress peer, InetSocketAddress local) {

  /** When TLS starts on the listener; the value of the metric label {@code tls}. */
  public enum Tls {
    NONE,
    STARTTLS,
    IMPLICIT;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
