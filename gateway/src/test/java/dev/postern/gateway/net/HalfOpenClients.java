package dev.postern.gateway.net;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Connections that say one byte at a time and never log in, held by a process of their own: so many
 * need as many descriptors on each side, and a process has only so many.
 */
public final class HalfOpenClients implements AutoCloseable {
  private static final String DONE = "done";

  private final Process process;
  private final BufferedReader printed;

  /** Opens so many; returns when all are connected. */
  public HalfOpenClients(InetSocketAddress server, int count, byte[] said) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                HalfOpenClients.class.getName(),
                String.valueOf(server.getPort()),
                String.valueOf(count),
                HexFormat.of().formatHex(said))
            .redirectErrorStream(true)
            .start();
    printed = process.inputReader(StandardCharsets.UTF_8);
    awaitDone();
  }

  /** Lets each say its next byte. */
  public void sayMore() throws IOException {
    OutputStream input = process.getOutputStream();
    input.write('\n');
    input.flush();
    awaitDone();
  }

  private void awaitDone() throws IOException {
    String line = printed.readLine();
    if (!DONE.equals(line)) {
      throw new IOException(line + "\n" + String.join("\n", printed.lines().limit(20).toList()));
    }
  }

  /** Ends the process, and with it the connections. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process
        .onExit()
        .orTimeout(30, TimeUnit.SECONDS)
        .exceptionally(_ -> process.destroyForcibly())
        .join();
  }

  /** The other process: port, number of connections, bytes in hexadecimal. */
  public static void main(String[] arguments) throws IOException {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    byte[] said = HexFormat.of().parseHex(arguments[2]);
    List<SocketChannel> clients = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      clients.add(SocketChannel.open(server));
    }
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    System.out.println(DONE);
    for (int i = 0; input.readLine() != null; i++) {
      for (SocketChannel client : clients) {
        client.write(ByteBuffer.wrap(said, i, 1));
      }
      System.out.println(DONE);
    }
  }
}
