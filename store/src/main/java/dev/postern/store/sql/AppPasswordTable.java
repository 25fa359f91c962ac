package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.StoredSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Statements on {@code app_passwords}. */
final class AppPasswordTable {

  Optional<Credential> byId(Handle handle, String id, Instant now) {
    return handle
        .createQuery(AppPasswordRows.SELECT + "WHERE a.id = :id")
        .bind("id", id)
        .map(new AppPasswordRows(now))
        .findOne()
        .flatMap(row -> row);
  }

  Credential require(Handle handle, String id, Instant now) {
    return byId(handle, id, now)
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "there is no app password with that id",
                "See 'postern app-password list USER'."));
  }

  /** All of a user, newest first. */
  List<AppPassword> ofUser(Handle handle, String userId, Instant now) {
    return handle
        .createQuery(
            AppPasswordRows.SELECT + "WHERE a.user_id = :user ORDER BY a.created_at DESC, a.id")
        .bind("user", userId)
        .map(new AppPasswordRows(now))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .map(Credential::appPassword)
        .toList();
  }

  /** How many count for the limit, by user; those that are being replaced or expired do not. */
  Map<String, Integer> countActive(Handle handle, Collection<String> userIds, Instant now) {
    Map<String, Integer> counts = new HashMap<>();
    if (!userIds.isEmpty()) {
      handle
          .createQuery(
              """
              SELECT user_id, COUNT(*) AS active FROM app_passwords
              WHERE user_id IN (<users>) AND state <> 'revoked' AND overlap_ends_at IS NULL
                  AND (expires_at IS NULL OR expires_at > :now)
              GROUP BY user_id
              """)
          .bindList("users", List.copyOf(userIds))
          .bind("now", now.toEpochMilli())
          .map((row, _) -> Map.entry(row.getString("user_id"), row.getInt("active")))
          .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    }
    return counts;
  }

  void insert(Handle handle, List<Credential> credentials) {
    if (credentials.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO app_passwords (id, user_id, label, scopes, networks, secret, expires_at,
                idle_expiry, unused_expires_at, replaces, state, created_at, created_by, version, signature)
            VALUES (:id, :user, :label, :scopes, :networks, :secret, :expiresAt,
                :idleExpiry, :unusedExpiresAt, :replaces, 'active', :createdAt, :createdBy, 1, '')
            """);
    for (Credential credential : credentials) {
      AppPassword made = credential.appPassword();
      batch
          .bind("id", made.id())
          .bind("user", made.userId())
          .bind("label", made.label())
          .bind("scopes", AppPasswordRows.print(made.scopes()))
          .bind("networks", AppPasswordRows.print(made.networks()))
          .bind("secret", credential.stored().map(StoredSecret::print).orElseThrow())
          .bind("expiresAt", made.expiresAt().map(Instant::toEpochMilli).orElse(null))
          .bind("idleExpiry", made.idleExpiry().map(Duration::toMillis).orElse(null))
          .bind(
              "unusedExpiresAt",
              credential.unusedExpiresAt().map(Instant::toEpochMilli).orElse(null))
          .bind("replaces", credential.replaces().orElse(null))
          .bind("createdAt", made.createdAt().toEpochMilli())
          .bind("createdBy", made.createdBy())
          .add();
    }
    batch.execute();
  }

  void setState(Handle handle, String id, State state) {
    Optional<Instant> at;
    Optional<String> reason;
    switch (state) {
      case State.Active _ -> {
        at = Optional.empty();
        reason = Optional.empty();
      }
      case State.Suspended suspended -> {
        at = Optional.of(suspended.at());
        reason = Optional.of(suspended.reason());
      }
      case State.Revoked revoked -> {
        at = Optional.of(revoked.at());
        reason = Optional.of(revoked.reason());
      }
      case State.Expired expired -> {
        at = Optional.of(expired.at());
        reason = Optional.of(expired.cause().word());
      }
    }
    handle
        .createUpdate(
            "UPDATE app_passwords SET state = :state, state_at = :at, state_reason = :reason"
                + " WHERE id = :id")
        .bind("state", state.word())
        .bind("at", at.map(Instant::toEpochMilli).orElse(null))
        .bind("reason", reason.orElse(null))
        .bind("id", id)
        .execute();
  }

  void setOverlap(Handle handle, String id, Instant endsAt) {
    handle
        .createUpdate("UPDATE app_passwords SET overlap_ends_at = :at WHERE id = :id")
        .bind("at", endsAt.toEpochMilli())
        .bind("id", id)
        .execute();
  }
}
