package dev.postern.admin;

import dev.postern.admin.AdminConfig.Bind;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.util.JavalinException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bound HTTP/1.1 address and its limits.
 *
 * <p>What bounds the work: {@value #CONNECTIONS} connections, more where it is asked for so, one
 * request at a time on each (HTTP/1.1 only, so no streams), each request on a virtual thread of its
 * own. A connection over the limit waits in the kernel's backlog. The few platform threads only
 * select and accept; their queue holds a task or two for each connection.
 */
final class HttpListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

  /** Most open connections; scrapers, probes and operators' tools need a handful. */
  static final int CONNECTIONS = 100;

  /** Longest request line and headers together, bytes. */
  static final int HEADER_BYTES = 8 * 1024;

  /** Longest request body, bytes. */
  static final int BODY_BYTES = 64 * 1024;

  /**
   * Memory is used for one connection alone: Jetty (12.1.14 at least) may give back the buffer of a
   * malformed request while another thread still reads into it, and somebody else's answer is next.
   */
  private static final ByteBufferPool BUFFERS = new ByteBufferPool.NonPooling();

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** Until a request's head is there whole; longer than an idle connection lives. */
  private static final Duration HEAD = IDLE.plusSeconds(10);

  private static final Duration CROWDED_HEAD = Duration.ofSeconds(2);

  private static final Duration STOP = Duration.ofSeconds(2);
  private static final Duration STOP_IDLE = Duration.ofMillis(50);
  private static final int PLATFORM_THREADS = 8;
  private static final int BACKLOG = 100;

  private final Javalin server;
  private final InetSocketAddress address;
  private final Speech speech;

  private HttpListener(Javalin server, InetSocketAddress address, Speech speech) {
    this.server = server;
    this.address = address;
    this.speech = speech;
  }

  /** What is spoken, as it is in use. */
  private sealed interface Speech {
    record Clear() implements Speech {}

    /**
     * TLS.
     *
     * @param own the certificate that is shown to those who come now
     */
    record Tls(HttpTls tls, AtomicReference<X509Certificate> own) implements Speech {}
  }

  /**
   * Binds and serves.
   *
   * @param name for thread names and errors
   * @param connections most open ones
   * @param keys reads the files of one that speaks TLS
   * @param routes fills the URL table
   * @throws AdminException if it cannot; nothing is left running then
   */
  static HttpListener start(
      String name, Bind bind, int connections, TlsKeys.Reader keys, Consumer<RoutesConfig> routes) {
    InetAddress host = host(name, bind);
    Speech speech = speech(bind.security(), keys);
    AtomicReference<ServerConnector> opened = new AtomicReference<>();
    Javalin server =
        Javalin.create(config -> {
          configure(config, connections);
          config.jetty.threadPool = threads(name);
          config.jetty.addConnector((jetty, http) -> {
            ServerConnector connector =
                connector(jetty, http, new InetSocketAddress(host, bind.port()), speech);
            SlowClients.watch(connector, http, patience(connections));
            opened.set(connector);
            open(connector, name, bind);
            return connector;
          });
          routes.accept(config.routes);
        });
    try {
      server.start();
      return new HttpListener(
          server, new InetSocketAddress(host, opened.get().getLocalPort()), speech);
    } catch (RuntimeException failure) {
      ServerConnector connector = opened.get();
      if (connector != null) {
        connector.close();
      }
      throw failure;
    }
  }

  private static Speech speech(HttpSecurity security, TlsKeys.Reader keys) {
    return switch (security) {
      case HttpSecurity.Clear _ -> new Speech.Clear();
      case HttpSecurity.Tls files -> {
        TlsKeys read = keys.read(files);
        yield new Speech.Tls(
            new HttpTls(files, read), new AtomicReference<>(read.chain().getFirst()));
      }
    };
  }

  /**
   * Reads the files of one that speaks TLS.
   *
   * @return puts them in use for connections that begin then; requests under way are not touched
   */
  Runnable prepare(Bind next, TlsKeys.Reader keys) {
    if (speech instanceof Speech.Tls(HttpTls tls, AtomicReference<X509Certificate> own)
        && next.security() instanceof HttpSecurity.Tls files) {
      TlsKeys read = keys.read(files);
      return () -> {
        tls.reload(files, read);
        own.set(read.chain().getFirst());
      };
    }
    return () -> {};
  }

  /** What it shows to those who come now. */
  Optional<X509Certificate> certificate() {
    return switch (speech) {
      case Speech.Clear() -> Optional.empty();
      case Speech.Tls(HttpTls _, AtomicReference<X509Certificate> own) -> Optional.of(own.get());
    };
  }

  InetSocketAddress address() {
    return address;
  }

  /** Stops listening; requests under way get two seconds to end. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (JavalinException late) {
      // Jetty has stopped all the same and reports that it had to cut somebody off.
      LOG.debug("requests were cut off", late);
    }
  }

  private static InetAddress host(String name, Bind bind) {
    InetAddress host;
    try {
      host = InetAddress.getByName(bind.host());
    } catch (UnknownHostException unknown) {
      throw new AdminException(
          "The " + name + " listener cannot bind " + bind + ": unknown host",
          "Set " + name + ".bind to an address and a port, such as 127.0.0.1:8080.",
          unknown);
    }
    switch (bind.security()) {
      case HttpSecurity.Tls _ -> {}
      case HttpSecurity.Clear(boolean isAnywhere) -> {
        if (!host.isLoopbackAddress()) {
          requireAllowed(name, bind, isAnywhere);
        }
      }
    }
    return host;
  }

  private static void requireAllowed(String name, Bind bind, boolean isAnywhere) {
    if (!isAnywhere) {
      throw new AdminException(
          "The " + name + " listener must not bind " + bind + ": it has no TLS",
          "Set "
              + name
              + ".tls, or "
              + name
              + ".bind to 127.0.0.1 or [::1] and a port; behind a proxy with TLS "
              + name
              + ".allow-cleartext: true.");
    }
    LOG.warn(
        "the {} listener speaks clear text at {}, as {}.allow-cleartext says: nobody but a proxy"
            + " with TLS should reach it",
        name,
        bind,
        name);
  }

  private static void configure(JavalinConfig config, int connections) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.maxRequestSize = BODY_BYTES;
    config.http.prefer405over404 = true;
    // An address whose last part is empty would be that of the list above it.
    config.router.ignoreTrailingSlashes = false;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.jetty.modifyServer(jetty -> limit(jetty, connections));
    config.jetty.modifyHttpConfiguration(HttpListener::limit);
  }

  private static void limit(Server jetty, int connections) {
    jetty.setStopAtShutdown(false);
    jetty.setStopTimeout(STOP.toMillis());
    jetty.setErrorHandler(new ProblemPages());
    jetty.addBean(new NetworkConnectionLimit(connections, jetty));
  }

  private static void limit(HttpConfiguration http) {
    http.setRequestHeaderSize(HEADER_BYTES);
    // Memory outside the heap costs much more where it is used once.
    http.setUseInputDirectByteBuffers(false);
    http.setUseOutputDirectByteBuffers(false);
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    // Javalin's own choice is LEGACY, which lets encoded dots and slashes through.
    http.setUriCompliance(UriCompliance.DEFAULT);
  }

  private static QueuedThreadPool threads(String name) {
    QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS, 2, (int) IDLE.toMillis());
    threads.setName(name);
    threads.setDaemon(true);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory()));
    return threads;
  }

  /** Three quarters of all there may be are many. */
  private static SlowClients.Patience patience(int connections) {
    return new SlowClients.Patience(HEAD, CROWDED_HEAD, connections - connections / 4);
  }

  private static ServerConnector connector(
      Server jetty, HttpConfiguration http, InetSocketAddress bind, Speech speech) {
    ServerConnector connector =
        new ServerConnector(jetty, null, null, BUFFERS, 0, 1, protocols(http, speech));
    connector.setHost(bind.getAddress().getHostAddress());
    connector.setPort(bind.getPort());
    connector.setAcceptQueueSize(BACKLOG);
    connector.setIdleTimeout(IDLE.toMillis());
    connector.setShutdownIdleTimeout(STOP_IDLE.toMillis());
    return connector;
  }

  /** In the order in which they are spoken. */
  private static ConnectionFactory[] protocols(HttpConfiguration http, Speech speech) {
    return switch (speech) {
      case Speech.Clear() -> new ConnectionFactory[] {new HttpConnectionFactory(http)};
      case Speech.Tls(HttpTls tls, AtomicReference<X509Certificate> _) -> {
        HttpTls.secure(http);
        yield new ConnectionFactory[] {tls.connections(), new HttpConnectionFactory(http)};
      }
    };
  }

  private static void open(ServerConnector connector, String name, Bind bind) {
    try {
      connector.open();
    } catch (IOException failure) {
      throw new AdminException(
          "The " + name + " listener cannot bind " + bind + ": " + reason(failure),
          "Stop what listens there (ss -ltnp shows it) or choose another port in "
              + name
              + ".bind.",
          failure);
    }
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure.getCause() instanceof BindException bind ? bind : failure;
    return String.valueOf(cause.getMessage());
  }
}
