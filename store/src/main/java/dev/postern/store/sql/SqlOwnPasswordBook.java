package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.LookupPool;
import dev.postern.store.auth.OwnPasswordBook;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.User;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Keeps those who log in with their own passwords in the database. */
final class SqlOwnPasswordBook implements OwnPasswordBook {
  private static final Actor OWN_PASSWORD = new Actor("own password", "system", Channel.GATEWAY);
  private static final Duration BETWEEN_NOTICES = Duration.ofDays(1);

  private final Writes writes;
  private final LookupPool threads;
  private final UserTable users;
  private final LoginNameTable names;
  private final ChangeLog changeLog;

  SqlOwnPasswordBook(
      Writes writes,
      LookupPool threads,
      UserTable users,
      LoginNameTable names,
      ChangeLog changeLog) {
    this.writes = writes;
    this.threads = threads;
    this.users = users;
    this.names = names;
    this.changeLog = changeLog;
  }

  @Override
  public CompletableFuture<Boolean> enrol(LoginName name, String userId) {
    return threads.ask(() ->
        writes.run((handle, changes) -> {
          if (!names.taken(handle, List.of(name.value())).isEmpty()) {
            return users.byName(handle, name).filter(user -> user.id().equals(userId)).isPresent();
          }
          Instant now = writes.now();
          User user =
              users.fresh(userId, name, Optional.empty(), Optional.empty(), now, OWN_PASSWORD);
          users.insert(handle, List.of(user));
          names.claimAll(handle, List.of(user), changes);
          changeLog.write(
              handle,
              OWN_PASSWORD,
              now,
              ChangeLog.Entry.of("add", Optional.empty(), Optional.of(user), "moving in"));
          return true;
        }));
  }

  @Override
  public CompletableFuture<Boolean> isNoticeDue(String userId, Scope protocol) {
    return threads.ask(() ->
        writes.run((handle, _) -> {
          Instant now = writes.now();
          return handle
                  .createUpdate(
                      """
                      INSERT INTO own_password_notices (user_id, protocol, told_at)
                      VALUES (:user, :protocol, :now)
                      ON CONFLICT (user_id, protocol) DO UPDATE SET told_at = excluded.told_at
                      WHERE own_password_notices.told_at \\<= :before
                      """)
                  .bind("user", userId)
                  .bind("protocol", protocol.word())
                  .bind("now", now.toEpochMilli())
                  .bind("before", now.minus(BETWEEN_NOTICES).toEpochMilli())
                  .execute()
              == 1;
        }));
  }
}
