package dev.postern.deploy.node;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Waits for Ctrl-C or SIGTERM.
 *
 * <p>Not by a shutdown hook alone: the process would then end with 130 or 143 however cleanly it
 * stopped, and whoever supervises it could not tell a clean stop from a killed one. A second signal
 * ends the process at once. The class is reached by reflection because javac warns of every direct
 * use, and the warning cannot be suppressed.
 */
public final class StopSignals {
  private static final int STOPPED_BY_INTERRUPT = 130;

  private StopSignals() {}

  /** Returns when a signal arrives. */
  public static void await() throws InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    for (String name : List.of("INT", "TERM")) {
      handle(
          name,
          () -> {
            if (asked.getCount() == 0) {
              Runtime.getRuntime().halt(STOPPED_BY_INTERRUPT);
            }
            asked.countDown();
          });
    }
    asked.await();
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler invocation =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "equals" -> false;
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "stop on " + name;
              };
      Object proxy =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(), new Class<?>[] {handler}, invocation);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("this Java has no sun.misc.Signal", impossible);
    }
  }
}
