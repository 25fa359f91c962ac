package dev.postern.admin;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * The TLS of one HTTP listener: versions, suites, and the keys in use, which may be changed while
 * connections are open. Those go on with what they began with. Safe for use by several threads.
 */
final class HttpTls {
  /** Those of the mail listeners, without what old mail programs need. */
  private static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  /** How long browsers remember to come with TLS alone; RFC 6797 §6.1.1. */
  private static final long REMEMBERED_SECONDS = TimeUnit.DAYS.toSeconds(365);

  private final SslContextFactory.Server factory = new SslContextFactory.Server();

  HttpTls(HttpSecurity.Tls settings, TlsKeys keys) {
    factory.setRenegotiationAllowed(false);
    factory.setUseCipherSuitesOrder(true);
    // Jetty's own lists would leave some of ours out.
    factory.setExcludeProtocols();
    factory.setExcludeCipherSuites();
    factory.setIncludeCipherSuites(SUITES);
    use(factory, settings, keys);
  }

  /** From now on these are for connections that begin. */
  void reload(HttpSecurity.Tls settings, TlsKeys keys) {
    try {
      factory.reload(ours -> use(ours, settings, keys));
    } catch (Exception e) {
      throw new IllegalStateException("TLS keys that can be used cannot be put in use", e);
    }
  }

  private static void use(SslContextFactory ours, HttpSecurity.Tls settings, TlsKeys keys) {
    ours.setIncludeProtocols(
        settings.takesTls12() ? new String[] {"TLSv1.3", "TLSv1.2"} : new String[] {"TLSv1.3"});
    if (ours instanceof SslContextFactory.Server server) {
      server.setNeedClientAuth(!keys.clientAuthorities().isEmpty());
    }
    ours.setSslContext(context(keys));
  }

  /** What stands before HTTP/1.1 on each connection. There is no ALPN: nothing else is spoken. */
  SslConnectionFactory connections() {
    return new SslConnectionFactory(factory, HttpVersion.HTTP_1_1.asString());
  }

  /**
   * Requests count as secure, and browsers are told to come with TLS alone. The name in SNI does
   * not matter: operators come by address or by a name of their own network too.
   */
  static void secure(HttpConfiguration http) {
    http.addCustomizer(new SecureRequestCustomizer(false, false, REMEMBERED_SECONDS, false));
  }

  private static SSLContext context(TlsKeys keys) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(identity(keys), clients(keys.clientAuthorities()), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java has no PKCS#12 or no TLS", e);
    }
  }

  private static KeyManager[] identity(TlsKeys keys) throws GeneralSecurityException, IOException {
    char[] none = {};
    KeyStore store = empty();
    store.setKeyEntry("own", keys.key(), none, keys.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, none);
    return managers.getKeyManagers();
  }

  /** Those of the machine are nobody here. */
  private static TrustManager[] clients(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    if (authorities.isEmpty()) {
      return new TrustManager[0];
    }
    KeyStore store = empty();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca" + i, authorities.get(i));
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    return managers.getTrustManagers();
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
