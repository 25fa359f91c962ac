package dev.postern.deploy.node;

/** Hears SIGHUP, which asks a server to read its configuration again. */
public final class ReloadSignal {
  private ReloadSignal() {}

  /** From now on the signal does this, and no longer ends the process. */
  public static void listen(Runnable reload) {
    Signals.on("HUP", reload);
  }
}
