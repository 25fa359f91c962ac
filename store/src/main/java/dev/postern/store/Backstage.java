package dev.postern.store;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Makes threads that give way to the event loops where both want the same processor: under a flood
 * of guesses the look-ups of unknown names and the log of what was refused have work all the time,
 * and the loops, which need microseconds, would wait milliseconds for each turn of theirs.
 *
 * <p>They run at a nice value of {@value #NICE}, which is a tenth of an event loop's share of a
 * processor that everybody wants, and all of one that is free. Linux alone has a nice value for
 * each thread; elsewhere they are ordinary threads. It needs no rights: anybody may give way.
 */
public final class Backstage {
  /** The nice value, of 0 (ordinary) to 19. */
  public static final int NICE = 10;

  /** Of setpriority(2): the thread that calls, if the number that follows is 0. */
  private static final int PRIO_PROCESS = 0;

  private static final @Nullable MethodHandle SETPRIORITY = setpriority();

  private Backstage() {}

  /** A daemon thread of that name; not yet started. */
  public static Thread thread(String name, Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .unstarted(() -> {
          giveWay();
          work.run();
        });
  }

  private static void giveWay() {
    if (SETPRIORITY == null) {
      return;
    }
    try {
      int _ = (int) SETPRIORITY.invokeExact(PRIO_PROCESS, 0, NICE);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @SuppressWarnings("restricted") // the launcher allows native access
  private static @Nullable MethodHandle setpriority() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol = linker.defaultLookup().findOrThrow("setpriority");
    return linker.downcallHandle(
        symbol,
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_INT));
  }
}
