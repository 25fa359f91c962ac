package dev.postern.gateway.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/**
 * A mail client with TLS that sees how a stream ends: with close_notify or without, by FIN or by a
 * reset. A socket with TLS does not tell these apart.
 */
public final class TlsRecords implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final SSLEngine engine;
  private final ByteBuffer encrypted = ByteBuffer.allocate(64 * 1024).flip();
  private final StringBuilder text = new StringBuilder();
  private boolean isEndOfStream;

  private TlsRecords(Socket socket, SSLEngine engine) {
    this.socket = socket;
    this.engine = engine;
  }

  /** Connects with TLS from the first byte. */
  public static TlsRecords connect(InetSocketAddress address, SSLContext tls) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    SSLEngine engine = tls.createSSLEngine("localhost", address.getPort());
    engine.setUseClientMode(true);
    engine.beginHandshake();
    TlsRecords records = new TlsRecords(socket, engine);
    while (records.engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
      switch (records.engine.getHandshakeStatus()) {
        case NEED_WRAP -> records.wrap("");
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> records.unwrap();
        case NEED_TASK -> engine.getDelegatedTask().run();
        case FINISHED, NOT_HANDSHAKING -> {}
      }
    }
    return records;
  }

  public void send(String line) throws IOException {
    wrap(line);
  }

  /** Reads until a line has come that begins so. */
  public void awaitLine(String prefix) throws IOException {
    while (!text.toString().lines().anyMatch(line -> line.startsWith(prefix))
        || !text.toString().endsWith("\r\n")) {
      unwrap();
    }
    text.setLength(0);
  }

  /**
   * How the stream ended.
   *
   * @param text what was still said
   */
  public record End(String text, boolean isCloseNotify) {}

  /**
   * Reads to the FIN.
   *
   * @throws IOException also if the connection was reset
   */
  public End end() throws IOException {
    while (!isEndOfStream) {
      unwrap();
    }
    return new End(text.toString(), engine.isInboundDone());
  }

  private void wrap(String plain) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(64 * 1024);
    var _ = engine.wrap(ByteBuffer.wrap(plain.getBytes(StandardCharsets.US_ASCII)), out);
    socket.getOutputStream().write(out.array(), 0, out.position());
  }

  private void unwrap() throws IOException {
    ByteBuffer plain = ByteBuffer.allocate(64 * 1024);
    SSLEngineResult result = engine.unwrap(encrypted, plain);
    text.append(StandardCharsets.US_ASCII.decode(plain.flip()));
    if (result.getStatus() == Status.BUFFER_UNDERFLOW || result.getStatus() == Status.CLOSED) {
      receive();
    }
  }

  private void receive() throws IOException {
    byte[] bytes = new byte[16 * 1024];
    int length = socket.getInputStream().read(bytes);
    if (length < 0) {
      isEndOfStream = true;
    } else {
      encrypted.compact().put(bytes, 0, length).flip();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
