package dev.postern.gateway.net;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * One end of a connection, spoken line by line with a blocking socket: a mail client, or an
 * upstream. Keeps a log of what passed, which every failure shows. Nothing waits longer than half a
 * minute.
 */
public final class Wire implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Socket transport;
  private Socket socket;
  private InputStream in;
  private OutputStream out;

  Wire(Socket socket) throws IOException {
    this.transport = socket;
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Connects in clear. */
  public static Wire connect(InetSocketAddress address) throws IOException {
    return new Wire(new Socket(address.getAddress(), address.getPort()));
  }

  /** Connects with TLS from the first byte. */
  public static Wire connect(InetSocketAddress address, SSLContext tls) throws IOException {
    Wire wire = connect(address);
    wire.startTls(tls);
    return wire;
  }

  /** A client's side of a handshake. */
  public void startTls(SSLContext tls) throws IOException {
    startTls(tls, true);
  }

  /** The same; the end of TLS is not the end of the connection. */
  public void startTlsAlone(SSLContext tls) throws IOException {
    startTls(tls, false);
  }

  private void startTls(SSLContext tls, boolean autoClose) throws IOException {
    SSLSocket encrypted =
        (SSLSocket)
            tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), autoClose);
    switchTo(encrypted);
  }

  /** A server's side of a handshake. */
  public void acceptTls(SSLContext tls) throws IOException {
    SSLSocket encrypted = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, true);
    encrypted.setUseClientMode(false);
    switchTo(encrypted);
  }

  /** The same, of a server that wants to see the client's certificate; that certificate. */
  public Certificate acceptTlsFromKnown(SSLContext tls) throws IOException {
    SSLSocket encrypted = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, true);
    encrypted.setUseClientMode(false);
    encrypted.setNeedClientAuth(true);
    switchTo(encrypted);
    return encrypted.getSession().getPeerCertificates()[0];
  }

  private void switchTo(SSLSocket encrypted) throws IOException {
    encrypted.setSoTimeout(PATIENCE_MILLIS);
    encrypted.startHandshake();
    socket = encrypted;
    in = new BufferedInputStream(encrypted.getInputStream());
    out = encrypted.getOutputStream();
    log.add("-- tls --");
  }

  /** Sends text in one write; lines need their CRLF. */
  public Wire send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends bytes in one write. */
  public Wire send(byte[] bytes) throws IOException {
    log.add("> " + abridged(bytes));
    out.write(bytes);
    out.flush();
    return this;
  }

  /** The next line without its end. */
  public String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = read();
      if (next < 0) {
        throw new IOException("end of stream after <" + line + ">" + shown());
      }
      if (next == '\n') {
        String text = line.toString().replaceAll("\r$", "");
        log.add("< " + text);
        return text;
      }
      line.append((char) next);
    }
  }

  /** Reads lines until one begins so; fails on the end of the stream. */
  public String lineStarting(String prefix) throws IOException {
    while (true) {
      String line = line();
      if (line.startsWith(prefix)) {
        return line;
      }
    }
  }

  /** The next {@code length} bytes. */
  public byte[] bytes(int length) throws IOException {
    return in.readNBytes(length);
  }

  /** Reads to the end of the stream; what was there. A reset counts as the end. */
  public String rest() throws IOException {
    StringBuilder rest = new StringBuilder();
    try {
      for (int next = read(); next >= 0; next = read()) {
        rest.append((char) next);
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      log.add("-- " + e.getMessage() + " --");
    }
    log.add("< " + abridged(rest.toString().getBytes(StandardCharsets.ISO_8859_1)) + " (end)");
    return rest.toString();
  }

  /** Sends bytes that TLS knows nothing of. */
  public void sendBelowTls(String text) throws IOException {
    log.add("> (below TLS) " + text);
    transport.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Ends our stream and leaves the other open. */
  public void shutdownOutput() throws IOException {
    log.add("-- end of ours --");
    socket.shutdownOutput();
  }

  /** Ends our TCP stream without a word of TLS. */
  public void shutdownTransportOutput() throws IOException {
    log.add("-- end of our transport --");
    transport.shutdownOutput();
  }

  /** Closes both streams. */
  public void hangUp() throws IOException {
    socket.close();
  }

  /** Closes the transport, also while another thread is writing. */
  public void hangUpTransport() throws IOException {
    transport.close();
  }

  /** Closes with a reset. */
  public void reset() throws IOException {
    transport.setSoLinger(true, 0);
    transport.close();
  }

  /** The socket underneath. */
  public Socket socket() {
    return transport;
  }

  /** What passed so far. */
  public String shown() {
    return "\n" + String.join("\n", log);
  }

  @Override
  public void close() throws IOException {
    hangUp();
  }

  private int read() throws IOException {
    try {
      return in.read();
    } catch (SocketTimeoutException e) {
      throw new SocketTimeoutException("nothing for half a minute" + shown());
    }
  }

  private static String abridged(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.length() > 200 ? text.substring(0, 200) + "… " + text.length() : text;
  }
}
