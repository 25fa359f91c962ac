package dev.postern.gateway.net;

import dev.postern.gateway.GatewayException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Prepares descriptors that another program has opened. On one that blocks, such as systemd passes
 * on, an event loop would hang in {@code accept} when another process was quicker.
 */
final class Descriptors {
  // Linux, all architectures that there is an epoll transport for.
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;

  private Descriptors() {}

  /**
   * Has it not block.
   *
   * @throws GatewayException if there is no such descriptor
   */
  static void prepare(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL, 0);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) {
      throw new GatewayException(
          "there is no descriptor " + descriptor + " to listen on",
          "take LISTEN_FDS and LISTEN_PID out of the environment, or start Postern from a socket unit");
    }
  }

  @SuppressWarnings("restricted") // the launcher allows native access
  private static int fcntl(int descriptor, int command, int argument) {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol = linker.defaultLookup().findOrThrow("fcntl");
    MethodHandle fcntl =
        linker.downcallHandle(
            symbol,
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    try {
      return (int) fcntl.invokeExact(descriptor, command, argument);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
