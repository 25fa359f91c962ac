package dev.postern.gateway.observe;

import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * One connection of a mail client, as listeners of events know it.
 *
 * @param id short and random; joins the lines of one connection in the log
 * @param peer the client's address, after any trusted proxy header or client's word
 * @param local the address that the client connected to, likewise
 */
public record Session(
    String id, Scope protocol, Tls tls, InetSocketAddress peer, InetSocketAddress local) {

  /** The same connection of another client, for whom this one speaks. */
  public Session of(InetSocketAddress client) {
    return new Session(id, protocol, tls, client, local);
  }

  /** When TLS starts on the listener; the value of the metric label {@code tls}. */
  public enum Tls {
    NONE,
    STARTTLS,
    IMPLICIT;

    private final String word = name().toLowerCase(Locale.ROOT);

    public String word() {
      return word;
    }
  }
}
