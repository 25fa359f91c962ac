package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.oauth.TokenAccount;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Consents as rows. */
final class SqlOAuthAccounts implements OAuthAccounts {
  private static final int MOST = 1000;

  /** A row changes a few times an hour: minutes since then are above any number it may have had. */
  private static final Instant BEGINNING = Instant.parse("2025-01-01T00:00:00Z");

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final OAuthAccountTable table;
  private final RowChecks checks;
  private final ChangeLog changeLog;

  SqlOAuthAccounts(
      Database database,
      Writes writes,
      UserTable users,
      OAuthAccountTable table,
      RowChecks checks,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.table = table;
    this.checks = checks;
    this.changeLog = changeLog;
  }

  @Override
  public OAuthAccount connect(String typed, String upstream, Minted consent, Actor actor) {
    Secret token =
        consent
            .refreshToken()
            .orElseThrow(() ->
                new RefusedException(
                    RefusedException.Code.INVALID,
                    "the provider gave no refresh token",
                    "Ask for offline access: the scope offline_access, or access_type=offline."));
    LoginName name = UserTable.name(typed);
    return noted(
        writes.run((handle, changes) -> {
          User user = users.lock(handle, name);
          Instant now = writes.now();
          Before before = before(handle, user.id(), upstream);
          long generation = before.generation() + 1;
          OAuthAccountRow row =
              new OAuthAccountRow(
                  user.id(),
                  upstream,
                  State.CONNECTED,
                  "",
                  now,
                  consent.subject(),
                  consent.registration(),
                  now,
                  actor.who(),
                  generation,
                  table.seal(token, user.id(), upstream, generation),
                  before.version() + 1);
          table.put(handle, row, now);
          OAuthLeaseTable.forget(handle, new TokenAccount.OfUser(upstream, user.id()));
          changes.accept(new Change.Consent(user.id()));
          record(handle, actor, "oauth.connect", user, upstream);
          return new OAuthAccountTable.Listed(user.name(), row, now);
        }));
  }

  private record Before(long generation, long version) {}

  /** A row that was altered is replaced, with numbers above any that it may have had. */
  private Before before(Handle handle, String userId, String upstream) {
    return switch (table.lock(handle, userId, upstream)) {
      case OAuthAccountTable.Found.None() -> new Before(0, 0);
      case OAuthAccountTable.Found.Genuine(OAuthAccountRow row) ->
          new Before(row.generation(), row.version());
      case OAuthAccountTable.Found.Altered() -> {
        long above = ChronoUnit.MINUTES.between(BEGINNING, writes.now());
        yield new Before(above, above);
      }
    };
  }

  @Override
  public OAuthAccount disconnect(String typed, String upstream, Actor actor) {
    LoginName name = UserTable.name(typed);
    return noted(
        writes.run((handle, changes) -> {
          User user = users.lock(handle, name);
          if (!(table.lock(handle, user.id(), upstream)
                  instanceof OAuthAccountTable.Found.Genuine(OAuthAccountRow row))
              || row.state() == State.DISCONNECTED) {
            throw new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "the user " + user.name() + " is not connected at " + upstream,
                "See: postern oauth status " + user.name());
          }
          Instant now = writes.now();
          OAuthAccountRow ended = row.in(State.DISCONNECTED, "by " + actor.who(), now);
          table.save(handle, ended);
          OAuthLeaseTable.forget(handle, new TokenAccount.OfUser(upstream, user.id()));
          changes.accept(new Change.Consent(user.id()));
          record(handle, actor, "oauth.disconnect", user, upstream);
          return new OAuthAccountTable.Listed(user.name(), ended, now);
        }));
  }

  /** A row that is put back after this is noticed here, also if nobody logged in meanwhile. */
  private OAuthAccount noted(OAuthAccountTable.Listed written) {
    OAuthAccountRow row = written.row();
    checks.committed(OAuthAccountRow.TABLE, row.key(), row.version());
    return written.view();
  }

  @Override
  public List<OAuthAccount> of(String typed) {
    LoginName name = UserTable.name(typed);
    return database.read(handle -> {
      User user = users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name));
      return table.ofUser(handle, user.id()).stream().map(OAuthAccountTable.Listed::view).toList();
    });
  }

  @Override
  public List<ConsentCount> counts() {
    return database.read(table::counts).stream()
        .flatMap(count ->
            State.of(count.state()).stream()
                .map(state -> new ConsentCount(count.upstream(), state, count.number())))
        .toList();
  }

  @Override
  public List<OAuthAccount> list(Optional<State> state, String after, int limit) {
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException("the limit must be 1 to " + MOST + ", not " + limit);
    }
    int slash = after.indexOf('/');
    String userId = slash < 0 ? after : after.substring(0, slash);
    String upstream = slash < 0 ? "" : after.substring(slash + 1);
    return database.read(handle ->
        table.page(handle, state, userId, upstream, limit).stream()
            .map(OAuthAccountTable.Listed::view)
            .toList());
  }

  private void record(Handle handle, Actor actor, String action, User user, String upstream) {
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            action,
            new Subject("user", user.id(), Optional.of(user.name()), Optional.of(user.id())),
            Optional.empty(),
            Optional.of(Snapshot.start().text("upstream", upstream).end()),
            Optional.empty()));
  }
}
