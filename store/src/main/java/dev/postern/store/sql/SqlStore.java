package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.StoreConfig.AuditRules;
import dev.postern.store.StoreStatistics;
import dev.postern.store.UserChange;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.Replays;
import dev.postern.store.access.TokenBook;
import dev.postern.store.access.TokenDigest;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.FoldingSignInLog;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.PersonalData;
import dev.postern.store.audit.ReadinessReport;
import dev.postern.store.audit.SignInLimits;
import dev.postern.store.audit.SignInLog;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswordGenerator;
import dev.postern.store.auth.AppPasswords;
import dev.postern.store.auth.CredentialCache;
import dev.postern.store.auth.CredentialSource;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.KeyedDigest;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.LoginPolicy;
import dev.postern.store.auth.LoginWatch;
import dev.postern.store.auth.LookupPool;
import dev.postern.store.auth.OwnPasswords;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.PasswordVerifier;
import dev.postern.store.auth.Policies;
import dev.postern.store.auth.Rekeying;
import dev.postern.store.auth.SlowChecks;
import dev.postern.store.auth.SlowForms;
import dev.postern.store.auth.Users;
import dev.postern.store.auth.VerificationTimes;
import dev.postern.store.auth.Verifier;
import dev.postern.store.event.Outbox;
import dev.postern.store.guard.BanList;
import dev.postern.store.guard.Bans;
import dev.postern.store.guard.Networks;
import dev.postern.store.guard.Throttle;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Selectors;
import dev.postern.store.hash.SlowPool;
import dev.postern.store.imports.Imports;
import dev.postern.store.integrity.LoggedRowAlarm;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.Keys;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.IdleConsents;
import dev.postern.store.oauth.OAuth;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.policy.PolicyService;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.Sessions;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.trace.TraceBook;
import dev.postern.store.trace.TraceWatch;
import dev.postern.store.trace.Traces;
import dev.postern.store.upstream.UpstreamStates;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The parts of the store, put together over one database, and the doors to them. Longer than other
 * files, since that happens in this one place.
 */
public final class SqlStore implements AutoCloseable {
  private static final int LOOKUP_THREADS = 8;
  private static final int LOOKUP_QUEUE = 2000;
  private static final Duration LOOKUP_DEADLINE = Duration.ofSeconds(4);
  private static final int HEALTH_SECONDS = 2;

  /** The feed is not cut off because a poll or two are late. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(5);

  private final Database database;
  private final Ticker ticker;
  private final Duration patience;
  private final OwnKeys keys;
  private final LookupPool lookups;
  private final SlowPool slowPool;
  private final VerificationTimes times;
  private final CredentialSource source;
  private final CredentialCache cache;
  private final LoggedRowAlarm rowAlarm;
  private final FeedListener feedListener;
  private final ChangeFeed feed;
  private final BackgroundWork background;
  private final FoldingSignInLog signInLog;
  private final SignIns signIns;
  private final Changes changes;
  private final PersonalData personalData;
  private final Exports exports;
  private final SecretBox secretBox;
  private final Membership membership;
  private final KeyFollowing keyFollowing;
  private final BackgroundThreads threads;
  private final SessionWriter sessionWriter;
  private final Sessions sessions;
  private final SqlUpstreamStates upstreamStates;
  private final SqlKeys sqlKeys;
  private final Users users;
  private final Imports imports;
  private final AppPasswords appPasswords;
  private final Policies policies;
  private final Throttle throttle;
  private final BanList banList;
  private final Bans bans;
  private final Traces traces;
  private final TraceBook traceBook;
  private final ApiTokens apiTokens;
  private final Replays replays;
  private final PolicyService policyService;
  private final KnownNetworksFollowing knownNetworks;
  private final TicketKeyFollowing ticketKeys;
  private final Outbox outbox;
  private final SqlOAuth oauth;
  private final Verifier verifier;
  private final Verifier rehearsal;
  private volatile AppPasswordRules appPasswordRules;
  private volatile AuditRules auditRules;
  private volatile PassThrough passThrough = PassThrough.NONE;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  private SqlStore(
      StoreConfig config, Database database, Clock clock, Ticker ticker, SecureRandom random) {
    this.appPasswordRules = config.appPasswords();
    this.auditRules = config.audit();
    this.keys = new OwnKeys(config);
    this.database = database;
    this.ticker = ticker;
    this.patience =
        config.databaseGrace().compareTo(LEAST_PATIENCE) > 0
            ? config.databaseGrace()
            : LEAST_PATIENCE;
    this.feedListener = new FeedListener();
    Writes writes = new Writes(database, clock, feedListener::committedHere);
    WebhookTable webhookTable = new WebhookTable(random);
    ChangeLog changeLog = new ChangeLog(random, webhookTable);
    this.rowAlarm = new LoggedRowAlarm(ticker);
    RecordedRowAlarm recordedAlarm = new RecordedRowAlarm(rowAlarm, writes, changeLog);
    RowSignatures signatures =
        new RowSignatures(keys.integrity(), keys.sealing(), keys.active(KeyKind.INTEGRITY));
    RowChecks checks =
        new RowChecks(signatures, new SeenVersions(random.nextLong()), recordedAlarm);
    UserTable userTable = new UserTable(database.dialect(), checks, random);
    LoginNameTable names = new LoginNameTable(checks, config.names());
    AppPasswordTable passwordTable = new AppPasswordTable(checks);
    AppPasswordLocks locks = new AppPasswordLocks(userTable, passwordTable, database.dialect());
    Rotation rotation = new Rotation(passwordTable, database.dialect(), changeLog);
    KeyedDigest digest = new KeyedDigest(keys.peppers(), keys.active(KeyKind.PEPPER));
    Hardening hardening = new Hardening(keys.peppers(), keys.active(KeyKind.PEPPER), random);
    this.secretBox = new AesGcmSecretBox(keys.sealing(), keys.active(KeyKind.SEALING), random);
    UpstreamPasswordTable upstreamPasswords =
        new UpstreamPasswordTable(database.dialect(), secretBox, checks);
    OAuthAccountTable oauthTable = new OAuthAccountTable(database.dialect(), secretBox, checks);
    KeyRingTable ringTable = new KeyRingTable(database.dialect(), checks);
    PolicyTable policyTable = new PolicyTable(checks, database.dialect(), () -> appPasswordRules);
    BanTable banTable = new BanTable(checks, database.dialect());
    ApiTokenTable apiTokenTable = new ApiTokenTable(checks, database.dialect());
    TraceTable traceTable = new TraceTable(checks, userTable, database.dialect());
    List<SignedTable> signedTables =
        List.of(
            ringTable.signed(),
            userTable.signed(),
            names.signed(),
            passwordTable.signed(),
            upstreamPasswords.signed(),
            oauthTable.signed(),
            policyTable.signed(),
            banTable.signed(),
            apiTokenTable.signed(),
            traceTable.signed());
    KeyUses keyUses = new KeyUses(signedTables.stream().map(SignedTable::name).toList(), clock);
    KeyRing ring =
        new KeyRing(
            database, ringTable, keys.held(), keys.active(), signatures, checks, keyUses, clock);
    ring.open();
    PepperTerms pepperTerms = new PepperTerms(database, ringTable, ring, checks, clock);
    this.lookups = new LookupPool(LOOKUP_THREADS, LOOKUP_QUEUE, LOOKUP_DEADLINE, ticker);
    this.source =
        new SqlCredentialSource(
            database,
            userTable,
            names,
            passwordTable,
            upstreamPasswords,
            pepperTerms,
            checks,
            feedListener::hasImports);
    this.cache =
        new CredentialCache(
            source,
            config.names(),
            lookups,
            config.databaseGrace(),
            ticker,
            feedListener::lastInTouch,
            random);
    this.feed = feedListener.start(database, ticker, cache, checks);
    this.threads = new BackgroundThreads();
    SqlUseLog uses = new SqlUseLog(writes, rotation, locks, webhookTable, threads.writer());
    EventInbox inbox = new EventInbox(database, writes, webhookTable, threads.writer(), ticker);
    this.outbox = new SqlOutbox(database, writes, inbox, random);
    NameDigest nameDigest = new NameDigest(keys.sealing());
    this.signInLog = new FoldingSignInLog(SignInLimits.DEFAULTS);
    SignInWriter signInWriter =
        new SignInWriter(
            database,
            writes,
            signInLog,
            new SignInTable(nameDigest, database.dialect()),
            new SignInBounds(database, SignInLimits.DEFAULTS),
            threads.writer());
    this.signIns = new SqlSignIns(database, nameDigest);
    this.policies = new SqlPolicies(database, writes, userTable, policyTable, changeLog);
    this.users =
        new SqlUsers(
            database, writes, userTable, names, upstreamPasswords, policyTable, locks, changeLog);
    SlowPool.Limits slowLimits =
        SlowPool.Limits.of(
            Runtime.getRuntime().availableProcessors(), Runtime.getRuntime().maxMemory());
    this.imports =
        new SqlImports(
            database,
            writes,
            userTable,
            names,
            passwordTable,
            locks,
            slowLimits,
            secretBox,
            changeLog,
            feedListener::imported);
    this.appPasswords =
        new SqlAppPasswords(
            database,
            writes,
            userTable,
            names,
            passwordTable,
            rotation,
            new Issuing(
                database,
                writes,
                userTable,
                names,
                passwordTable,
                policyTable,
                new SecretMaking(new AppPasswordGenerator(random), digest, hardening),
                changeLog),
            policyTable,
            locks,
            changeLog);
    this.changes = new SqlChanges(database);
    this.exports = new SqlExports(database);
    this.personalData =
        new Erasure(writes, userTable, names, policyTable, locks, nameDigest, changeLog);
    SqlRekeying rekeying = new SqlRekeying(writes, passwordTable, locks, ringTable::activePepper);
    this.slowPool = SlowPool.start(slowLimits, ticker::read);
    Ticker exact = Ticker.systemTicker();
    this.times = new VerificationTimes(exact);
    this.banList = new BanList(clock);
    BanAlarm banAlarm = new BanAlarm(checks);
    this.bans = new SqlBans(database, writes, banTable, banAlarm, changeLog);
    this.traces = new SqlTraces(database, writes, traceTable, userTable, changeLog, random);
    this.traceBook = new TraceBook(config.names(), cache::ownerOf, clock);
    ApiTokenPatience apiTokenPatience =
        new ApiTokenPatience(ticker, patience, feedListener::lastInTouch);
    ApiTokenRekeying apiTokenRekeying =
        new ApiTokenRekeying(writes, apiTokenTable, ringTable::activePepper);
    TokenDigest tokenDigest = new TokenDigest(keys.peppers(), keys.active(KeyKind.PEPPER));
    TokenBook tokenBook =
        new TokenBook(
            tokenDigest, pepperTerms::isInForce, apiTokenPatience::isOver, apiTokenRekeying, clock);
    ApiTokenFollowing apiTokenFollowing =
        new ApiTokenFollowing(
            database,
            writes,
            apiTokenTable,
            ring,
            checks,
            tokenBook,
            apiTokenPatience,
            threads.beat());
    ApiTokenUses apiTokenUses = new ApiTokenUses(writes);
    this.apiTokens =
        new SqlApiTokens(
            database,
            writes,
            apiTokenTable,
            apiTokenFollowing,
            apiTokenUses,
            tokenBook,
            tokenDigest,
            changeLog,
            random);
    this.replays = new SqlReplays(database, writes);
    this.throttle = new Throttle(config.guard().throttle(), ticker, random, banList::isAllowed);
    this.policyService = new PolicyService(ticker);
    follow(config.guard());
    OwnPasswords ownPasswords =
        new OwnPasswords(
            () -> passThrough,
            new SqlOwnPasswordBook(writes, lookups, userTable, names, changeLog),
            random,
            clock,
            ticker);
    SlowChecks slowChecks =
        new SlowChecks(
            new SlowForms(new Selectors(keys.peppers()), hardening, secretBox, recordedAlarm),
            slowPool,
            ticker,
            random);
    this.verifier =
        new PasswordVerifier(
            cache,
            digest,
            slowChecks,
            rekeying,
            uses,
            signInLog,
            times,
            throttle,
            banList::isDenied,
            policyService,
            ownPasswords,
            inbox,
            clock);
    this.rehearsal =
        new PasswordVerifier(
            cache,
            digest,
            slowChecks,
            Rekeying.none(),
            uses.readOnly(),
            SignInLog.none(),
            new VerificationTimes(exact),
            new Throttle(config.guard().throttle(), ticker, random),
            banList::isDenied,
            LoginPolicy.none(),
            ownPasswords,
            LoginWatch.none(),
            clock);
    this.membership = new Membership(database, writes, ring, random);
    this.oauth =
        new SqlOAuth(
            database,
            writes,
            userTable,
            oauthTable,
            secretBox,
            checks,
            changeLog,
            membership,
            clock,
            ticker,
            random);
    feedListener.onConsentChanged(oauth.oauth().tokens()::consentChanged);
    this.sessionWriter =
        new SessionWriter(
            database,
            membership,
            feedListener,
            new EndedSessionWriter(database, nameDigest, clock));
    this.sessions = new SqlSessions(database, writes, changeLog);
    this.upstreamStates =
        new SqlUpstreamStates(database, membership, sessionWriter::open, threads.beat());
    PepperEnd pepperEnd =
        new PepperEnd(
            database,
            writes,
            ring,
            ringTable,
            keyUses,
            passwordTable,
            locks,
            apiTokenTable,
            changeLog);
    this.sqlKeys =
        new SqlKeys(
            database,
            writes,
            ring,
            ringTable,
            membership,
            keyUses,
            passwordTable,
            apiTokenTable,
            pepperEnd,
            new Resealing(
                database,
                secretBox,
                checks,
                upstreamPasswords,
                oauthTable,
                passwordTable,
                locks,
                keyUses),
            new Resigning(database, checks),
            signedTables,
            changeLog);
    Housekeeping housekeeping =
        new Housekeeping(
            database,
            writes,
            rotation,
            new Expiration(passwordTable, writes, changeLog),
            () -> auditRules);
    this.knownNetworks = new KnownNetworksFollowing(database, throttle.known(), clock);
    this.ticketKeys =
        new TicketKeyFollowing(
            switch (database.dialect()) {
              case SQLITE -> TicketKeyPlace.inMemory(random);
              case POSTGRESQL ->
                  TicketKeyPlace.shared(
                      database, new TicketKeyTable(secretBox, database.dialect()), random);
            },
            clock);
    this.background =
        new BackgroundWork(
            threads,
            uses,
            signInWriter,
            recordedAlarm,
            rekeying,
            apiTokenUses,
            apiTokenRekeying,
            inbox);
    BanFollowing banFollowing =
        new BanFollowing(database, banTable, checks, banAlarm, banList, threads.beat());
    TraceFollowing traceFollowing =
        new TraceFollowing(database, traceTable, names, checks, traceBook, clock, threads.beat());
    this.keyFollowing = new KeyFollowing(ring, membership, pepperEnd, feedListener, threads.beat());
    try {
      banFollowing.start(feedListener);
      apiTokenFollowing.start(feedListener);
      traceFollowing.start(feedListener);
    } catch (RuntimeException e) {
      close(); // The feed has begun.
      throw e;
    }
    background.start(keyFollowing, banFollowing, apiTokenFollowing, traceFollowing, housekeeping);
    threads.repeatOnWriter(
        new EndedSessionBounds(
                database,
                clock,
                () -> auditRules.sessions(),
                EndedSessionBounds.MOST,
                threads.writer())
            ::run,
        EndedSessionBounds.SECONDS);
  }

  /**
   * Opens a store.
   *
   * @param mayMigrate whether a missing or older schema is brought up to date, or refused
   */
  public static SqlStore open(
      StoreConfig config, boolean mayMigrate, Clock clock, Ticker ticker, SecureRandom random) {
    Database database = Database.open(config.database(), mayMigrate);
    try {
      return new SqlStore(config, database, clock, ticker, random);
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  public Users users() {
    return users;
  }

  public Imports imports() {
    return imports;
  }

  public AppPasswords appPasswords() {
    return appPasswords;
  }

  public Policies policies() {
    return policies;
  }

  public Bans bans() {
    return bans;
  }

  public Traces traces() {
    return traces;
  }

  /** See {@link dev.postern.store.Store#traceWatch}. */
  public TraceWatch traceWatch() {
    return traceBook;
  }

  public ApiTokens apiTokens() {
    return apiTokens;
  }

  public Replays replays() {
    return replays;
  }

  /** See {@link dev.postern.store.Store#networks}. */
  public Networks networks() {
    return banList.with(throttle.known());
  }

  public Verifier verifier() {
    return verifier;
  }

  /** See {@link dev.postern.store.Store#rehearsal}. */
  public Verifier rehearsal() {
    return rehearsal;
  }

  /** See {@link dev.postern.store.Store#trialGrant}. */
  public Optional<Grant> trialGrant(String name) {
    return LoginName.parse(name)
        .flatMap(exact -> source.find(List.of(exact)).found())
        .map(found -> found.rows().trialGrant());
  }

  /** See {@link dev.postern.store.Store#signInLog}. */
  public SignInLog signInLog() {
    return signInLog;
  }

  public SignIns signIns() {
    return signIns;
  }

  /** See {@link dev.postern.store.Store#readiness}. */
  public ReadinessReport readiness() {
    return new SqlReadinessReport(database, users, () -> passThrough);
  }

  public Changes changes() {
    return changes;
  }

  public Exports exports() {
    return exports;
  }

  public PersonalData personalData() {
    return personalData;
  }

  public OAuth oauth() {
    return oauth.oauth();
  }

  public ConsentLinks consentLinks() {
    return oauth.links();
  }

  public OAuthAccounts oauthAccounts() {
    return oauth.accounts();
  }

  /** See {@link dev.postern.store.Store#drain}. */
  public void drain() {
    membership.drain();
    try {
      threads.beat().execute(keyFollowing::run);
    } catch (RejectedExecutionException _) {
      // The store is closing, and says itself that it is gone.
    }
  }

  public SecretBox secretBox() {
    return secretBox;
  }

  public Keys keys() {
    return sqlKeys;
  }

  /** See {@link dev.postern.store.Store#joinAsNode}. */
  public void joinAsNode(String name) {
    membership.join(name);
    knownNetworks.run();
    threads.repeatOnBeat(knownNetworks::run, KnownNetworksFollowing.SECONDS);
    sqlKeys.adopt();
    ticketKeys.run();
    threads.repeatOnWriter(ticketKeys::run, TicketKeyFollowing.SECONDS);
    threads.repeatOnBeat(upstreamStates::round, Membership.BEAT_SECONDS);
    threads.repeatOnSessions(sessionWriter::round, SessionWriter.ROUND_MILLIS);
    oauth.join(threads);
  }

  /** See {@link dev.postern.store.Store#sessionRegistry}. */
  public SessionRegistry sessionRegistry() {
    return sessionWriter;
  }

  public Sessions sessions() {
    return sessions;
  }

  public UpstreamStates upstreamStates() {
    return upstreamStates;
  }

  /** See {@link dev.postern.store.Store#ticketKeys}. */
  public TicketKeys ticketKeys() {
    return ticketKeys;
  }

  /** See {@link dev.postern.store.Store#outbox}. */
  public Outbox outbox() {
    return outbox;
  }

  /** See {@link dev.postern.store.Store#onUserChanged}. */
  public void onUserChanged(Consumer<UserChange> listener) {
    feedListener.add(listener);
  }

  /** Who failed how often, and who is known from where. */
  public Throttle throttle() {
    return throttle;
  }

  /** The pool beneath, for measurements. */
  Database database() {
    return database;
  }

  /** What the cache asks, for measurements without it. */
  CredentialSource source() {
    return source;
  }

  /** For tests, which do not wait for rounds. */
  IdleConsents idleConsents() {
    return oauth.idle();
  }

  /** For measurements of what is not cached. */
  CredentialCache cache() {
    return cache;
  }

  /** See {@link dev.postern.store.Store#reload}. */
  public void reload(StoreConfig config) {
    appPasswordRules = config.appPasswords();
    auditRules = config.audit();
    boolean isPassThroughNew = !config.guard().passThrough().equals(passThrough);
    follow(config.guard());
    if (isPassThroughNew) {
      feedListener.anythingChanged(); // sessions with own passwords may have to end
    }
  }

  private void follow(StoreConfig.GuardRules rules) {
    throttle.follow(rules.throttle());
    banList.configure(rules.allow(), rules.deny());
    policyService.follow(rules.policy());
    passThrough = rules.passThrough();
  }

  /** See {@link dev.postern.store.Store#isCutOff}. */
  public boolean isCutOff() {
    return ticker.read() - feedListener.lastInTouch() > patience.toNanos();
  }

  /** None before there is anything to be in touch about. */
  private Duration sinceInTouch() {
    long last = feedListener.lastInTouch();
    return last == Long.MIN_VALUE ? Duration.ZERO : Duration.ofNanos(ticker.read() - last);
  }

  public StoreStatistics statistics() {
    return new StoreStatistics(
        cache.view(),
        database.pool(),
        lookups::waiting,
        rowAlarm::count,
        slowPool::waiting,
        slowPool::unmade,
        this::sinceInTouch,
        times,
        policyService.answers(),
        oauth.oauth()::tell,
        oauth::tellCounts);
  }

  /** Whether the database answers within two seconds. */
  public boolean isDatabaseUp() {
    try {
      return lookups.ask(database::isUp).get(HEALTH_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException _) {
      return false;
    }
  }

  @Override
  public void close() {
    if (!isClosed.compareAndSet(false, true)) {
      return;
    }
    policyService.close();
    oauth.close();
    background.close();
    sessionWriter.leave();
    upstreamStates.leave();
    membership.leave();
    feed.close();
    lookups.close();
    slowPool.close();
    database.close();
    keys.close();
  }
}
