package dev.postern.deploy.cli;

import dev.postern.deploy.node.StopSignals;
import java.util.concurrent.CompletableFuture;

/** What a test asks of a running command instead of signals. */
final class RequestsOfTest implements Surroundings.Requests {
  private final StopSignals signals = new StopSignals();
  private final CompletableFuture<Runnable> reload = new CompletableFuture<>();

  /** For a command that is to stop as soon as it runs. */
  static RequestsOfTest stopped() {
    RequestsOfTest requests = new RequestsOfTest();
    requests.askToStop();
    requests.hurry();
    return requests;
  }

  /** The first signal. */
  void askToStop() {
    signals.asked().complete(null);
  }

  /** The second. */
  void hurry() {
    signals.askedAgain().complete(null);
  }

  /** SIGHUP, once the command takes it. */
  void reload() {
    reload.join().run();
  }

  @Override
  public StopSignals stop() {
    return signals;
  }

  @Override
  public void onReload(Runnable action) {
    reload.complete(action);
  }
}
