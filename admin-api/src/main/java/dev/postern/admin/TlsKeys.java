package dev.postern.admin;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What stood in the files of {@link HttpSecurity.Tls}.
 *
 * @param chain the listener's own certificate first
 * @param key of that
 * @param clientAuthorities whose certificates clients must show one of; empty: none is asked for
 */
public record TlsKeys(
    List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientAuthorities) {

  public TlsKeys {
    chain = List.copyOf(chain);
    clientAuthorities = List.copyOf(clientAuthorities);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("no certificate");
    }
  }

  /** Reads the files of a listener. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Reads them as they are now.
     *
     * @throws RuntimeException if one cannot be used, saying which and what to do; its kind is the
     *     reader's
     */
    TlsKeys read(HttpSecurity.Tls files);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "TlsKeys[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
