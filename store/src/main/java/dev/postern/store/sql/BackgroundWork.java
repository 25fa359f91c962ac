package dev.postern.store.sql;

/**
 * What an open store does again and again, and for the last time when it closes: it writes what
 * waits in memory, tidies up, and follows the key ring. Started and closed once each; the work
 * itself is done by {@link BackgroundThreads}, and by whoever closes when those have ended.
 */
final class BackgroundWork implements AutoCloseable {
  private static final int FLUSH_SECONDS = 3;
  private static final int HOUSEKEEPING_SECONDS = 60;

  private final BackgroundThreads threads;
  private final SqlUseLog uses;
  private final SignInWriter signIns;
  private final RecordedRowAlarm alarms;
  private final SqlRekeying rekeying;
  private final ApiTokenUses apiTokenUses;
  private final ApiTokenRekeying apiTokenRekeying;
  private final EventInbox inbox;

  BackgroundWork(
      BackgroundThreads threads,
      SqlUseLog uses,
      SignInWriter signIns,
      RecordedRowAlarm alarms,
      SqlRekeying rekeying,
      ApiTokenUses apiTokenUses,
      ApiTokenRekeying apiTokenRekeying,
      EventInbox inbox) {
    this.threads = threads;
    this.uses = uses;
    this.signIns = signIns;
    this.alarms = alarms;
    this.rekeying = rekeying;
    this.apiTokenUses = apiTokenUses;
    this.apiTokenRekeying = apiTokenRekeying;
    this.inbox = inbox;
  }

  void start(
      KeyFollowing keyFollowing,
      BanFollowing banFollowing,
      ApiTokenFollowing apiTokenFollowing,
      TraceFollowing traceFollowing,
      Housekeeping housekeeping) {
    threads.repeatOnBeat(keyFollowing::run, Membership.BEAT_SECONDS);
    threads.repeatOnBeat(banFollowing::run, 1);
    threads.repeatOnBeat(apiTokenFollowing::run, 1);
    threads.repeatOnBeat(traceFollowing::run, 1);
    threads.repeatOnWriter(uses::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(signIns::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(alarms::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(rekeying::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(apiTokenUses::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(apiTokenRekeying::flush, FLUSH_SECONDS);
    threads.repeatOnWriter(inbox::round, FLUSH_SECONDS);
    threads.repeatOnWriter(housekeeping::run, HOUSEKEEPING_SECONDS);
  }

  /** Ends the threads, and writes what still waits. */
  @Override
  public void close() {
    threads.end();
    uses.flush();
    signIns.drain();
    alarms.flush();
    rekeying.flush();
    apiTokenUses.drain();
    apiTokenRekeying.flush();
    inbox.flush();
  }
}
