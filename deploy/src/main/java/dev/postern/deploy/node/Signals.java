package dev.postern.deploy.node;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Hears signals. The class that can is reached by reflection because javac warns of every direct
 * use, and the warning cannot be suppressed.
 */
final class Signals {
  private Signals() {}

  /**
   * From now on the signal does this and nothing else, each time, on a thread of its own.
   *
   * @param name {@code TERM}, {@code HUP}
   */
  static void on(String name, Runnable action) {
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
                default -> "on " + name;
              };
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handler}, invocation);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("this Java has no sun.misc.Signal", impossible);
    }
  }
}
