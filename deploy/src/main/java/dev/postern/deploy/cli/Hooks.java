package dev.postern.deploy.cli;

/** Takes shutdown hooks back. */
final class Hooks {
  private Hooks() {}

  /** Removes a hook, unless the process ends already: then it finds nothing left to close. */
  static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // It is running, and waits for whoever closes now.
    }
  }
}
