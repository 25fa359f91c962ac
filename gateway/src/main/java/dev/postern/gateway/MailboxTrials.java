package dev.postern.gateway;

import dev.postern.gateway.net.Engine;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.TrialLogins;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.store.auth.Grant;
import dev.postern.store.oauth.TokenSource;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.tickets.TicketKeys;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Logs in to mailboxes as sessions would, without listening, to see whether that can be done. A few
 * mailboxes at a time; the others wait. Closing it begins no more. Safe for use by several threads.
 */
public final class MailboxTrials implements AutoCloseable {
  /** Mailboxes; each has a login in every protocol of its upstream under way. */
  private static final int AT_ONCE = 8;

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final Engine engine;
  private final TrialLogins logins;
  private final Duration deadline;
  private final ExecutorService turns =
      Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().name("gateway-trial-", 0).factory());

  private MailboxTrials(Engine engine, TrialLogins logins, Duration deadline) {
    this.engine = engine;
    this.logins = logins;
    this.deadline = deadline;
  }

  /**
   * Gets ready.
   *
   * @throws GatewayException if a certificate file cannot be used
   */
  public static MailboxTrials open(GatewayConfig config, SecretBox box, TokenSource tokens) {
    return open(config, box, tokens, DEADLINE);
  }

  /**
   * The same in another time.
   *
   * @param deadline for a mailbox, from when its turn comes
   */
  static MailboxTrials open(
      GatewayConfig config, SecretBox box, TokenSource tokens, Duration deadline) {
    Engine engine = new Engine(Doors.PROTOCOLS, Transport.best(), TicketKeys.none());
    try {
      return new MailboxTrials(
          engine,
          engine.trialLogins(engine.upstreams(config), new UpstreamRouting(config, box), tokens),
          deadline);
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  /**
   * Tries the mailbox of a grant in every protocol that its upstream has; one result for each, or
   * one in all if there is no upstream. Never completes exceptionally while this is open.
   */
  public CompletableFuture<List<MailboxTrial>> begin(Grant grant) {
    return CompletableFuture.supplyAsync(() -> logins.of(grant, deadline).join(), turns);
  }

  @Override
  public void close() {
    var _ = turns.shutdownNow();
    engine.close();
  }
}
