package dev.postern.gateway.net;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The account that this process runs under. */
final class OwnAccount {
  private OwnAccount() {}

  /** Its number, geteuid(2), as the kernel also says it of the other end of a Unix socket. */
  @SuppressWarnings("restricted") // the launcher allows native access
  static int uid() {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol = linker.defaultLookup().findOrThrow("geteuid");
    MethodHandle geteuid =
        linker.downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT));
    try {
      return (int) geteuid.invokeExact();
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
