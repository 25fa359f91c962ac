package dev.postern.store;

import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.Replays;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.PersonalData;
import dev.postern.store.audit.ReadinessReport;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswords;
import dev.postern.store.auth.CoarseTicker;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Policies;
import dev.postern.store.auth.Users;
import dev.postern.store.auth.Verifier;
import dev.postern.store.event.Outbox;
import dev.postern.store.guard.Bans;
import dev.postern.store.guard.Networks;
import dev.postern.store.imports.Imports;
import dev.postern.store.keys.Keys;
import dev.postern.store.oauth.AccessTokens;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.Consents;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.Sessions;
import dev.postern.store.sql.SqlStore;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceWatch;
import dev.postern.store.trace.Traces;
import dev.postern.store.upstream.UpstreamStates;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An open store: the database, its cache and its change feed. Closing it ends its threads and
 * connections. Safe for use by several threads.
 */
public final class Store implements AutoCloseable {
  private final SqlStore store;
  private final CoarseTicker ticker;

  private Store(SqlStore store, CoarseTicker ticker) {
    this.store = store;
    this.ticker = ticker;
  }

  /** What may be done about a schema that is missing or older than this program. */
  public enum Schema {
    /** Bring it up to date: {@code init} and {@code serve}. */
    MIGRATE,
    /** Refuse it: everything else. */
    REQUIRE_CURRENT
  }

  /**
   * Opens the database and starts the threads that follow its changes. Keeps copies of the keys in
   * {@code config}, which the caller may close.
   *
   * @throws StoreException if that is not possible, saying what is wrong and what to do
   */
  public static Store open(StoreConfig config, Schema schema, Clock clock) {
    CoarseTicker ticker = CoarseTicker.start();
    try {
      return new Store(
          SqlStore.open(config, schema == Schema.MIGRATE, clock, ticker, new SecureRandom()),
          ticker);
    } catch (RuntimeException e) {
      ticker.close();
      throw e;
    }
  }

  public Users users() {
    return store.users();
  }

  public Imports imports() {
    return store.imports();
  }

  public AppPasswords appPasswords() {
    return store.appPasswords();
  }

  public Policies policies() {
    return store.policies();
  }

  /** What programs show at the admin API. */
  public ApiTokens apiTokens() {
    return store.apiTokens();
  }

  /** Requests that are made once. */
  public Replays replays() {
    return store.replays();
  }

  /** What people have said of networks, beside the configuration. */
  public Bans bans() {
    return store.bans();
  }

  /** Users whose logins are shown in the log for a while. */
  public Traces traces() {
    return store.traces();
  }

  /** The same for whoever shows them. Goes on being so while the database is down. */
  public TraceWatch traceWatch() {
    return store.traceWatch();
  }

  /**
   * What is known of client addresses: by the configuration, by bans, and from where people logged
   * in lately, on any node. Goes on being so while the database is down.
   */
  public Networks networks() {
    return store.networks();
  }

  public Verifier verifier() {
    return store.verifier();
  }

  /**
   * Decides as {@link #verifier} does, and leaves no trace: no last use, and no end of the app
   * password that a rotated one follows. For operators who ask what would happen.
   */
  public Verifier rehearsal() {
    return store.rehearsal();
  }

  /**
   * What an accepted login with that name, as it is stored, would be granted, without an app
   * password; empty if nobody has the name. For operators who try upstreams themselves: whether the
   * user may log in is not asked, and nothing is recorded. Blocks on the database.
   */
  public Optional<Grant> trialGrant(String name) {
    return store.trialGrant(name);
  }

  /** Takes down attempts that never reach the verifier, or fail after it; it notes its own. */
  public SignInLog signInLog() {
    return store.signInLog();
  }

  public SignIns signIns() {
    return store.signIns();
  }

  /** Who is how far on the way to app passwords. */
  public ReadinessReport readiness() {
    return store.readiness();
  }

  public Changes changes() {
    return store.changes();
  }

  /** The record for those who take it elsewhere. */
  public Exports exports() {
    return store.exports();
  }

  public PersonalData personalData() {
    return store.personalData();
  }

  /** Access tokens for upstreams. */
  public AccessTokens tokens() {
    return store.oauth().tokens();
  }

  /** Asks people for consent. */
  public Consents consents() {
    return store.oauth().consents();
  }

  /** Links by which people consent in a browser. */
  public ConsentLinks consentLinks() {
    return store.consentLinks();
  }

  /** What users let us do at upstreams. */
  public OAuthAccounts oauthAccounts() {
    return store.oauthAccounts();
  }

  public SecretBox secretBox() {
    return store.secretBox();
  }

  /** Peppers, sealing and integrity keys: what there is, and how one follows another. */
  public Keys keys() {
    return store.keys();
  }

  /**
   * Makes this process one of the running nodes, which others see and wait for when a key is to
   * become active; also begins to use a key that somebody put into a key file by hand, if all other
   * nodes hold it. For {@code serve}; commands are no nodes. Waits for the database.
   *
   * @param name for people, different for each process
   */
  public void joinAsNode(String name) {
    store.joinAsNode(name);
  }

  /**
   * This node is leaving: the others no longer count it where limits are shared. It goes on in all
   * else, with the share that it had. Returns at once.
   */
  public void drain() {
    store.drain();
  }

  /** Where this node says whom it has; before it has joined nothing is shown. */
  public SessionRegistry sessionRegistry() {
    return store.sessionRegistry();
  }

  /** Keys of TLS session tickets, of all nodes; none before this process has joined. */
  public TicketKeys ticketKeys() {
    return store.ticketKeys();
  }

  /** Who is logged in on all nodes, for operators. */
  public Sessions sessions() {
    return store.sessions();
  }

  /** How the upstreams do, as all nodes find them. */
  public UpstreamStates upstreamStates() {
    return store.upstreamStates();
  }

  /**
   * Tells {@code listener} of each user whose rows changed on any node, after this node's cache has
   * forgotten them; called on the feed's thread, within a second of the commit. Must return
   * quickly.
   */
  public void onUserChanged(Consumer<UserChange> listener) {
    store.onUserChanged(listener);
  }

  /** What waits for webhooks. */
  public Outbox outbox() {
    return store.outbox();
  }

  /**
   * From now on another configuration's rules hold: for app passwords that are made, for how long
   * the audit keeps what it has, and those of the guard. The rest lasts as long as the store.
   */
  public void reload(StoreConfig config) {
    store.reload(config);
  }

  /**
   * Whether this node has not heard of changes for longer than {@link StoreConfig#databaseGrace}
   * (and a few seconds at least), so that it cannot say of any session whether it may go on. Cheap.
   */
  public boolean isCutOff() {
    return store.isCutOff();
  }

  /** Counters of cache and pool for metrics; cheap. */
  public StoreStatistics statistics() {
    return store.statistics();
  }

  /**
   * Asks the database for an answer, for at most two seconds; for health checks, never on an event
   * loop.
   */
  public boolean isDatabaseUp() {
    return store.isDatabaseUp();
  }

  /**
   * Writes what waits to be written, and ends threads and connections. Closing twice is harmless.
   */
  @Override
  public void close() {
    store.close();
    ticker.close();
  }
}
