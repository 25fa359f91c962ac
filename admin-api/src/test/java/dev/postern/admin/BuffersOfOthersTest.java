package dev.postern.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.api.ApiRoutes;
import dev.postern.admin.api.TestSite;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * What one client sends is in nobody else's answer, although Jetty gives a buffer back that it
 * still reads into. That takes two threads that stop at the wrong moments: here they are held
 * there, where Jetty would log at level debug. It is shown with TLS, where there is such a place;
 * without it is the same. A Jetty that has no such moments passes.
 */
class BuffersOfOthersTest {
  private static final String SECRET = "{\"password\":\"of somebody else\"}";
  private static final int OTHERS = 20;

  private final TestAuthority authority = new TestAuthority();

  /** A moment at which a thread waits until it may go on, for a bounded time. */
  private record Halt(CountDownLatch reached, CountDownLatch open) {
    Halt() {
      this(new CountDownLatch(1), new CountDownLatch(1));
    }

    void pass() {
      reached.countDown();
      await(open);
    }

    static void await(CountDownLatch latch) {
      try {
        boolean _ = latch.await(5, TimeUnit.SECONDS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Holds threads of Jetty's connections. */
  private static final class Halts extends TurboFilter {
    /** One has refused a request, and is about to give its buffer back. */
    final Halt refused = new Halt();

    /** Another goes on with the connection, and is about to read into that buffer. */
    final Halt reads = new Halt();

    final CountDownLatch givenBack = new CountDownLatch(1);
    final CountDownLatch hasRead = new CountDownLatch(1);
    private final AtomicReference<@Nullable Thread> first = new AtomicReference<>();
    private final AtomicReference<@Nullable Thread> second = new AtomicReference<>();

    @Override
    public FilterReply decide(
        @Nullable Marker marker,
        Logger logger,
        Level level,
        @Nullable String format,
        Object @Nullable [] values,
        @Nullable Throwable failure) {
      boolean isHttp = logger.getName().endsWith(".HttpConnection");
      if (!isHttp && !logger.getName().endsWith(".SslConnection")) {
        return FilterReply.NEUTRAL;
      }
      if (format == null) {
        return FilterReply.ACCEPT;
      }
      hold(format, isHttp);
      return FilterReply.DENY;
    }

    private void hold(String format, boolean isHttp) {
      Thread own = Thread.currentThread();
      if (format.startsWith("badMessage ")) {
        first.compareAndSet(null, own);
      } else if (own == first.get()) {
        if (format.startsWith("parsed ")) {
          refused.pass();
        } else if (format.startsWith("onFillable exit")) {
          givenBack.countDown();
        }
      } else if (first.get() != null && !isHttp && format.startsWith(">fill")) {
        if (second.compareAndSet(null, own)) {
          reads.pass();
        }
      } else if (own == second.get() && format.startsWith("onFillable exit")) {
        hasRead.countDown();
      }
    }
  }

  @Test
  void whatComesBehindAMalformedHeadIsInNobodysAnswer() throws Exception {
    LoggerContext logs = (LoggerContext) LoggerFactory.getILoggerFactory();
    Halts halts = new Halts();
    List<String> answers = new ArrayList<>();
    SSLContext trust = authority.client(Optional.empty());
    try (AdminServer server = start()) {
      Socket malformed = connected(server, trust);
      send(malformed, "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(malformed.getInputStream().read()).isEqualTo('H');
      logs.addTurboFilter(halts);
      send(malformed, "PUT /x HTTP/1.1\r\nno colon\r\n\r\n");
      Halt.await(halts.reads.reached());
      send(malformed, SECRET);
      halts.refused.open().countDown();
      Halt.await(halts.givenBack);
      halts.reads.open().countDown();
      Halt.await(halts.hasRead);
      for (int i = 0; i < OTHERS; i++) {
        answers.add(live(server, trust));
      }
    } finally {
      logs.getTurboFilterList().remove(halts);
    }
    assertThat(answers)
        .hasSize(OTHERS)
        .allSatisfy(
            answer -> assertThat(answer).startsWith("HTTP/1.1 200 ").doesNotContain(SECRET));
  }

  private AdminServer start() {
    TlsKeys keys = authority.keys(authority.issue("it"), List.of());
    HttpSecurity.Tls files =
        new HttpSecurity.Tls(Path.of("cert.pem"), Path.of("key.pem"), Optional.empty(), true);
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    return AdminServer.start(
        new AdminConfig(new Bind("127.0.0.1", 0, files), Optional.empty()),
        _ -> keys,
        meters,
        List::of,
        (_, _) -> Optional.empty(),
        new ApiRoutes(new TestSite(Optional.empty()), Clock.systemUTC(), meters, "1.2.3"));
  }

  private static String live(AdminServer server, SSLContext trust) {
    try (Socket other = connected(server, trust)) {
      send(other, "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      return new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException broken) {
      return broken.toString();
    }
  }

  private static Socket connected(AdminServer server, SSLContext trust) throws IOException {
    Socket socket =
        trust
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), server.adminAddress().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
