package dev.postern.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The C library of Argon2's authors, as Debian packages it ({@code libargon2-1}). */
@SuppressWarnings("restricted") // Calling C is the whole purpose.
final class LibArgon2 {
  private static final String LIBRARY = "libargon2.so.1";

  private final MethodHandle hash;

  private LibArgon2(MethodHandle hash) {
    this.hash = hash;
  }

  /** Empty if it is not installed. */
  static Optional<LibArgon2> find() {
    try {
      MemorySegment function =
          SymbolLookup.libraryLookup(LIBRARY, Arena.global()).findOrThrow("argon2id_hash_raw");
      return Optional.of(
          new LibArgon2(
              Linker.nativeLinker()
                  .downcallHandle(
                      function,
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT,
                          ValueLayout.JAVA_INT,
                          ValueLayout.JAVA_INT,
                          ValueLayout.JAVA_INT,
                          ValueLayout.ADDRESS,
                          ValueLayout.JAVA_LONG,
                          ValueLayout.ADDRESS,
                          ValueLayout.JAVA_LONG,
                          ValueLayout.ADDRESS,
                          ValueLayout.JAVA_LONG))));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  byte[] hash(int passes, int memory, int lanes, byte[] secret, byte[] salt, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(length);
      int code =
          (int)
              hash.invokeExact(
                  passes,
                  memory,
                  lanes,
                  arena.allocateFrom(ValueLayout.JAVA_BYTE, secret),
                  (long) secret.length,
                  arena.allocateFrom(ValueLayout.JAVA_BYTE, salt),
                  (long) salt.length,
                  result,
                  (long) length);
      if (code != 0) {
        throw new IllegalStateException("libargon2 says " + code);
      }
      return result.toArray(ValueLayout.JAVA_BYTE);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
