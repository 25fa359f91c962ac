package dev.postern.store.sql;

import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.event.SiteEvent;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.oauth.ConsentEnd;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenLeases;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/** Leases as rows, refresh tokens as sealed cells. Safe for use by several threads. */
final class SqlTokenLeases implements TokenLeases {
  private static final String NEEDS_CONSENT = "oauth.needs-consent";

  /** Transactions at once: logins need connections too. */
  private static final int AT_ONCE = 4;

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final OAuthAccountTable accounts;
  private final OAuthLeaseTable leases;
  private final RowChecks checks;
  private final ChangeLog changeLog;
  private final BooleanSupplier isAlone;
  private final RandomGenerator random;
  private final Semaphore turns = new Semaphore(AT_ONCE, true);

  /**
   * @param isAlone whether no other node runs
   */
  SqlTokenLeases(
      Database database,
      Writes writes,
      UserTable users,
      OAuthAccountTable accounts,
      OAuthLeaseTable leases,
      RowChecks checks,
      ChangeLog changeLog,
      BooleanSupplier isAlone,
      RandomGenerator random) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.accounts = accounts;
    this.leases = leases;
    this.checks = checks;
    this.changeLog = changeLog;
    this.isAlone = isAlone;
    this.random = random;
  }

  @Override
  public Turn begin(TokenAccount account, String registration, long after) {
    Begun begun =
        inTurn(() -> database.write(handle -> begin(handle, account, registration, after)));
    begun.row().ifPresent(row -> checks.committed(OAuthAccountRow.TABLE, row.key(), row.version()));
    return begun.turn();
  }

  /** A turn, and the row that it was decided by. */
  private record Begun(Turn turn, Optional<OAuthAccountRow> row) {
    static Begun of(Turn turn) {
      return new Begun(turn, Optional.empty());
    }
  }

  private Begun begin(Handle handle, TokenAccount account, String registration, long after) {
    return switch (account) {
      case TokenAccount.OfSite _, TokenAccount.OfMailbox _ ->
          Begun.of(turn(handle, account, registration, after, Optional.empty(), 0));
      case TokenAccount.OfUser(String upstream, String userId) ->
          switch (accounts.lock(handle, userId, upstream)) {
            case OAuthAccountTable.Found.None() ->
                Begun.of(noConsent(Kind.NO_CONSENT, "nobody has given consent"));
            case OAuthAccountTable.Found.Altered() ->
                Begun.of(noConsent(Kind.STORE, "the consent in the database was altered"));
            case OAuthAccountTable.Found.Genuine(OAuthAccountRow row) ->
                new Begun(ofRow(handle, account, registration, after, row), Optional.of(row));
          };
    };
  }

  private Turn ofRow(
      Handle handle, TokenAccount account, String registration, long after, OAuthAccountRow row) {
    if (row.state() != State.DISCONNECTED && !row.registration().equals(registration)) {
      return noConsent(Kind.OTHER_REGISTRATION, "the consent was given to " + row.registration());
    }
    return switch (row.state()) {
      case DISCONNECTED -> noConsent(Kind.NO_CONSENT, "the consent was ended here");
      case NEEDS_CONSENT ->
          mayBeTried(handle, row)
              ? again(handle, account, registration, after, row)
              : noConsent(Kind.CONSENT_ENDED, row.reason());
      case CONNECTED -> opened(handle, account, registration, after, row);
    };
  }

  private boolean mayBeTried(Handle handle, OAuthAccountRow row) {
    Instant before = writes.now().minus(ConsentEnd.PAUSE);
    return ConsentEnd.mayPass(row.reason())
        && !row.since().isAfter(before)
        && OAuthAccountTable.isUntried(handle, row, before);
  }

  /** Who does not get the lease leaves the try to others. */
  private Turn again(
      Handle handle, TokenAccount account, String registration, long after, OAuthAccountRow row) {
    Turn turn = opened(handle, account, registration, after, row);
    if (turn instanceof Turn.Ours) {
      OAuthAccountTable.tried(handle, row, writes.now());
    }
    return turn;
  }

  private Turn opened(
      Handle handle, TokenAccount account, String registration, long after, OAuthAccountRow row) {
    try {
      return turn(
          handle, account, registration, after, Optional.of(accounts.open(row)), row.generation());
    } catch (SealBrokenException e) {
      return noConsent(Kind.STORE, String.valueOf(e.getMessage()));
    }
  }

  private Turn turn(
      Handle handle,
      TokenAccount account,
      String registration,
      long after,
      Optional<Secret> refreshToken,
      long generation) {
    Optional<Turn> handed = leases.handedOver(handle, account, registration, generation, after);
    if (handed.isPresent()) {
      refreshToken.ifPresent(Secret::close);
      return handed.get();
    }
    byte[] bytes = new byte[8];
    random.nextBytes(bytes);
    String owner = HexFormat.of().formatHex(bytes);
    if (leases.take(handle, account, owner)) {
      // Another may have handed its token over between the look above and the lease.
      Optional<Turn> meanwhile =
          leases.handedOver(handle, account, registration, generation, after);
      if (meanwhile.isEmpty()) {
        return new Turn.Ours(new Lease(account, owner, refreshToken, generation));
      }
      OAuthLeaseTable.giveBack(handle, account, owner);
      refreshToken.ifPresent(Secret::close);
      return meanwhile.get();
    }
    refreshToken.ifPresent(Secret::close);
    return new Turn.Theirs();
  }

  private static Turn noConsent(Kind kind, String detail) {
    return new Turn.NoConsent(new TokenTrouble(kind, detail));
  }

  /**
   * {@inheritDoc} A consent that was noted down as ended is connected again, be it that it was
   * tried again, or that a node used the old token after us; one that is another by now stays.
   */
  @Override
  public Optional<Long> keep(Lease lease, Minted minted) {
    return keep(lease, minted, isAlone.getAsBoolean());
  }

  @Override
  public Optional<Long> keepLate(Lease lease, Minted minted) {
    return keep(lease, minted, false);
  }

  private Optional<Long> keep(Lease lease, Minted minted, boolean isForNobody) {
    return inTurn(() ->
        writes.run((handle, changes) -> {
          if (!isKept(handle, changes, lease, minted.refreshToken())) {
            OAuthLeaseTable.end(handle, lease.account(), lease.owner());
            return Optional.empty();
          }
          return Optional.of(ended(handle, lease, minted, isForNobody));
        }));
  }

  @Override
  public boolean keepAlone(Lease lease, Secret refreshToken) {
    return inTurn(() ->
        writes.run((handle, changes) -> {
          boolean isKept = isKept(handle, changes, lease, Optional.of(refreshToken));
          OAuthLeaseTable.end(handle, lease.account(), lease.owner());
          return isKept;
        }));
  }

  private boolean isKept(
      Handle handle, Consumer<Change> changes, Lease lease, Optional<Secret> refreshToken) {
    if (lease.account() instanceof TokenAccount.OfUser(String upstream, String userId)) {
      Optional<OAuthAccountRow> still = still(handle, lease, userId, upstream);
      if (still.isEmpty()) {
        return false;
      }
      keep(handle, still.get(), refreshToken);
      if (still.get().state() == State.NEEDS_CONSENT) {
        changes.accept(new Change.Consent(userId));
        record(handle, "oauth.restored", still.get(), Optional.empty());
      }
    }
    return true;
  }

  /** The row, if its consent is that of the lease and nobody here has ended it. */
  private Optional<OAuthAccountRow> still(
      Handle handle, Lease lease, String userId, String upstream) {
    return switch (accounts.lock(handle, userId, upstream)) {
      case OAuthAccountTable.Found.None(), OAuthAccountTable.Found.Altered() -> Optional.empty();
      case OAuthAccountTable.Found.Genuine(OAuthAccountRow row) ->
          Optional.of(row)
              .filter(it -> it.generation() == lease.generation())
              .filter(it -> it.state() != State.DISCONNECTED);
    };
  }

  private long ended(Handle handle, Lease lease, Minted minted, boolean isForNobody) {
    long number = leases.number(handle, lease.account());
    if (isForNobody) {
      OAuthLeaseTable.end(handle, lease.account(), lease.owner());
    } else {
      leases.handOver(
          handle,
          lease.account(),
          lease.owner(),
          minted.accessToken(),
          minted.life(),
          number,
          minted.registration(),
          generation(handle, lease));
    }
    return number;
  }

  /** That of the refresh token which is the next to be used. */
  private long generation(Handle handle, Lease lease) {
    return lease.account() instanceof TokenAccount.OfUser(String upstream, String userId)
            && accounts.lock(handle, userId, upstream)
                instanceof OAuthAccountTable.Found.Genuine(OAuthAccountRow row)
        ? row.generation()
        : 0;
  }

  private void keep(Handle handle, OAuthAccountRow row, Optional<Secret> refreshToken) {
    boolean isAnother = refreshToken.filter(token -> !isSame(token, row)).isPresent();
    if (!isAnother && row.state() == State.CONNECTED) {
      accounts.refreshed(handle, row.userId(), row.upstream(), writes.now());
      return;
    }
    OAuthAccountRow next =
        row.state() == State.CONNECTED ? row : row.in(State.CONNECTED, "", writes.now());
    if (isAnother) {
      long generation = row.generation() + 1;
      next =
          next.with(
              generation,
              accounts.seal(refreshToken.orElseThrow(), row.userId(), row.upstream(), generation));
    }
    accounts.put(handle, next, writes.now());
  }

  private boolean isSame(Secret token, OAuthAccountRow row) {
    try (Secret old = accounts.open(row)) {
      return token.matches(old);
    } catch (SealBrokenException _) {
      return false;
    }
  }

  @Override
  public End consentEnded(Lease lease, String reason) {
    return inTurn(() ->
        writes.run((handle, changes) -> {
          End end =
              lease.account() instanceof TokenAccount.OfUser(String upstream, String userId)
                  ? still(handle, lease, userId, upstream)
                      .map(row -> ended(handle, row, reason, changes))
                      .orElse(End.ANOTHER)
                  : End.ANOTHER;
          // Behind the account, as everybody does: two who wait for each other help nobody.
          OAuthLeaseTable.end(handle, lease.account(), lease.owner());
          return end;
        }));
  }

  private End ended(Handle handle, OAuthAccountRow row, String reason, Consumer<Change> changes) {
    return switch (row.state()) {
      case CONNECTED -> {
        accounts.save(handle, row.in(State.NEEDS_CONSENT, reason, writes.now()));
        changes.accept(new Change.Consent(row.userId()));
        record(handle, NEEDS_CONSENT, row, Optional.of(reason));
        yield End.NOTED;
      }
      case NEEDS_CONSENT -> {
        if (!row.reason().equals(reason)) {
          accounts.save(handle, row.in(State.NEEDS_CONSENT, reason, row.since()));
        }
        yield End.KNOWN;
      }
      case DISCONNECTED -> End.ANOTHER;
    };
  }

  private void record(Handle handle, String action, OAuthAccountRow row, Optional<String> reason) {
    Optional<User> owner = users.byId(handle, row.userId());
    changeLog.write(
        handle,
        ChangeLog.SYSTEM,
        writes.now(),
        new ChangeLog.Entry(
            action,
            new Subject("user", row.userId(), owner.map(User::name), Optional.of(row.userId())),
            Optional.empty(),
            Optional.of(Snapshot.start().text("upstream", row.upstream()).end()),
            reason,
            owner
                .filter(_ -> action.equals(NEEDS_CONSENT))
                .map(user ->
                    new ChangeEvents.News.ConsentLost(
                        new SiteEvent.Owner(user.id(), user.name()),
                        row.upstream(),
                        reason.orElse("")))));
  }

  @Override
  public void prolong(Lease lease) {
    boolean _ =
        inTurn(() ->
            database.write(handle -> {
              leases.prolong(handle, lease.account(), lease.owner());
              return true;
            }));
  }

  @Override
  public void giveUp(Lease lease) {
    boolean _ =
        inTurn(() ->
            database.write(handle -> {
              OAuthLeaseTable.end(handle, lease.account(), lease.owner());
              return true;
            }));
  }

  private <T> T inTurn(Supplier<T> work) {
    turns.acquireUninterruptibly();
    try {
      return work.get();
    } finally {
      turns.release();
    }
  }
}
