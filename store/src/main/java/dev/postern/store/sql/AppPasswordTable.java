package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordFilter;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.Lane;
import dev.postern.store.integrity.RowChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/**
 * Statements on {@code app_passwords}. What is read has been checked, and what is written is
 * signed: there is no other way to change a row.
 */
final class AppPasswordTable {
  private static final String COUNTING =
      "user_id IN (<users>) AND state IN ('active', 'suspended')"
          + " AND overlap_ends_at IS NULL AND (expires_at IS NULL OR expires_at > :now)";

  private final RowChecks checks;

  AppPasswordTable(RowChecks checks) {
    this.checks = checks;
  }

  Optional<AppPasswordRow> byId(Handle handle, String id) {
    return select(handle, "WHERE a.id = :id", Map.of("id", id)).stream().findFirst();
  }

  AppPasswordRow require(Handle handle, String id) {
    return byId(handle, id)
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "there is no app password with that id",
                "See 'postern app-password list USER'."));
  }

  /** Those of some ids that are there, genuine or not. */
  Set<String> existing(Handle handle, List<String> ids) {
    return ids.isEmpty()
        ? Set.of()
        : handle
            .createQuery("SELECT id FROM app_passwords WHERE id IN (<ids>)")
            .bindList("ids", ids)
            .mapTo(String.class)
            .set();
  }

  /** All of a user, newest first. */
  List<AppPasswordRow> ofUser(Handle handle, String userId) {
    return select(
        handle, "WHERE a.user_id = :user ORDER BY a.created_at DESC, a.id", Map.of("user", userId));
  }

  /**
   * Genuine rows.
   *
   * @param where what follows {@link AppPasswordRows#SELECT}
   */
  List<AppPasswordRow> select(Handle handle, String where, Map<String, ?> values) {
    return genuine(handle.createQuery(AppPasswordRows.SELECT + where).bindMap(values));
  }

  /** The same for users of a list, which {@code where} calls {@code <users>}. */
  List<AppPasswordRow> select(
      Handle handle, String where, Map<String, ?> values, List<String> users) {
    return genuine(
        handle
            .createQuery(AppPasswordRows.SELECT + where)
            .bindMap(values)
            .bindList("users", users));
  }

  private List<AppPasswordRow> genuine(Query query) {
    return query.map(new AppPasswordRows(checks)).list().stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** Genuine rows of those, in the order of their ids. */
  List<AppPasswordRow> byIds(Handle handle, List<String> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    return handle
        .createQuery(AppPasswordRows.SELECT + "WHERE a.id IN (<ids>) ORDER BY a.id")
        .bindList("ids", ids)
        .map(new AppPasswordRows(checks))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Leads to those that fit. Each user's, those of each state, and those for old devices have an
   * index of their own; what is left beside is all that a user has, or what most are.
   *
   * @param userId the id of the user that is asked for
   */
  static Walk walk(AppPasswordFilter filter, Optional<String> userId) {
    Conditions along = new Conditions();
    Conditions beside = new Conditions();
    userId.ifPresent(id -> along.and("user_id = :user").with("user", id));
    boolean isLegacy = filter.lane().filter(lane -> lane == Lane.LEGACY).isPresent();
    // In these words, and not bound: so are the indexes.
    filter
        .lane()
        .ifPresent(lane ->
            (isLegacy && along.isEmpty() ? along : beside).and("lane = '" + lane.word() + "'"));
    filter
        .state()
        .ifPresent(word -> (along.isEmpty() ? along : beside).and("state = '" + word + "'"));
    return new Walk(AppPasswordRow.TABLE, "id", along, beside);
  }

  /** Where in the order of users' names a page begins: behind that app password. */
  record Place(String user, String id) {
    static final Place START = new Place("", "");
  }

  /**
   * Some rows.
   *
   * @param next where the next page begins; empty if there is none
   */
  record Page(List<AppPasswordRow> rows, Optional<Place> next) {}

  private record Placed(Place place, Optional<AppPasswordRow> row) {}

  /** Active and suspended ones by the names of their users. */
  Page working(Handle handle, Place from, int limit) {
    AppPasswordRows rows = new AppPasswordRows(checks);
    List<Placed> found =
        handle
            .createQuery(
                AppPasswordRows.SELECT
                    + "WHERE a.state IN ('active', 'suspended') AND (u.name, a.id) > (:user, :id)"
                    + " ORDER BY u.name, a.id LIMIT "
                    + limit)
            .bind("user", from.user())
            .bind("id", from.id())
            .map((row, context) ->
                new Placed(
                    new Place(row.getString("user_name"), row.getString("id")),
                    rows.map(row, context)))
            .list();
    return new Page(
        found.stream().map(Placed::row).flatMap(Optional::stream).toList(),
        found.size() < limit ? Optional.empty() : Optional.of(found.getLast().place()));
  }

  SignedTable signed() {
    AppPasswordRows rows = new AppPasswordRows(checks);
    return new SignedTable(
        AppPasswordRow.TABLE,
        "a",
        List.of("id"),
        AppPasswordRows.SELECT,
        (row, context) -> rows.map(row, context).map(AppPasswordRow::facts));
  }

  /** How many count for the limit, by user; those that are being replaced or expired do not. */
  Map<String, Integer> countActive(Handle handle, Collection<String> userIds, Instant now) {
    Map<String, Integer> counts = new HashMap<>();
    if (!userIds.isEmpty()) {
      handle
          .createQuery(
              "SELECT user_id, COUNT(*) AS active FROM app_passwords WHERE "
                  + COUNTING
                  + " GROUP BY user_id")
          .bindList("users", List.copyOf(userIds))
          .bind("now", now.toEpochMilli())
          .map((row, _) -> Map.entry(row.getString("user_id"), row.getInt("active")))
          .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    }
    return counts;
  }

  /** The label of each that {@link #countActive} counts, by user. */
  Map<String, List<String>> labels(Handle handle, Collection<String> userIds, Instant now) {
    Map<String, List<String>> labels = new HashMap<>();
    if (!userIds.isEmpty()) {
      handle
          .createQuery("SELECT user_id, label FROM app_passwords WHERE " + COUNTING)
          .bindList("users", List.copyOf(userIds))
          .bind("now", now.toEpochMilli())
          .map((row, _) -> Map.entry(row.getString("user_id"), row.getString("label")))
          .forEach(entry ->
              labels.computeIfAbsent(entry.getKey(), _ -> new ArrayList<>()).add(entry.getValue()));
    }
    return labels;
  }

  /** Nobody could tell the two apart when one of them has to go. */
  static RefusedException labelTaken(String user) {
    return new RefusedException(
        RefusedException.Code.CONFLICT,
        "a working app password of " + user + " has that label already",
        "Choose another label, or revoke or rotate that one.");
  }

  void insert(Handle handle, List<Credential> credentials) {
    if (credentials.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO app_passwords (id, user_id, label, scopes, networks, secret, machine_made,
                expires_at, idle_expiry, unused_expires_at, replaces, overlap_ends_at, state,
                state_at, state_reason, created_at, created_by, lane, version, signature)
            VALUES (:id, :user, :label, :scopes, :networks, :secret, :machineMade,
                :expiresAt, :idleExpiry, :unusedExpiresAt, :replaces, :overlapEndsAt, :state,
                :stateAt, :stateReason, :createdAt, :createdBy, :lane, :version, :signature)
            """);
    for (Credential credential : credentials) {
      AppPasswordRow row = AppPasswordRow.of(credential);
      bind(batch, row)
          .bind("user", row.appPassword().userId())
          .bind("machineMade", credential.isMachineMade() ? 1 : 0)
          .bind("replaces", credential.replaces().orElse(null))
          .bind("createdAt", row.appPassword().createdAt().toEpochMilli())
          .bind("createdBy", row.appPassword().createdBy())
          .bind("lane", row.appPassword().lane().word())
          .add();
    }
    batch.execute();
  }

  /**
   * Writes changed rows back as their next version and returns them in the order given; they are
   * written in that of their ids. Each was locked before it was read: see {@link AppPasswordLocks}.
   *
   * @throws RefusedException {@code CONFLICT} if one was changed since it was read all the same
   */
  List<AppPasswordRow> save(Handle handle, List<AppPasswordRow> changed) {
    if (changed.isEmpty()) {
      return List.of();
    }
    List<AppPasswordRow> next = changed.stream().map(AppPasswordRow::next).toList();
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE app_passwords
            SET label = :label, scopes = :scopes, networks = :networks, secret = :secret,
                expires_at = :expiresAt, idle_expiry = :idleExpiry,
                unused_expires_at = :unusedExpiresAt, overlap_ends_at = :overlapEndsAt,
                state = :state, state_at = :stateAt, state_reason = :stateReason,
                version = :version, signature = :signature
            WHERE id = :id AND version = :version - 1
            """);
    next.stream()
        .sorted(Comparator.comparing(AppPasswordRow::id))
        .forEach(row -> bind(batch, row).add());
    for (int written : batch.execute()) {
      if (written == 0) {
        throw new RefusedException(
            RefusedException.Code.CONFLICT,
            "somebody else changed the same app password at the same time",
            "Look at it again and repeat the command if it is still needed.");
      }
    }
    return next;
  }

  AppPasswordRow save(Handle handle, AppPasswordRow changed) {
    return save(handle, List.of(changed)).getFirst();
  }

  private PreparedBatch bind(PreparedBatch batch, AppPasswordRow row) {
    AppPassword made = row.appPassword();
    Credential credential = row.credential();
    return batch
        .bind("id", made.id())
        .bind("label", made.label())
        .bind("scopes", AppPasswordRows.print(made.scopes()))
        .bind("networks", AppPasswordRows.print(made.networks()))
        .bind("secret", row.storedForm())
        .bind("expiresAt", made.expiresAt().map(Instant::toEpochMilli).orElse(null))
        .bind("idleExpiry", made.idleExpiry().map(Duration::toMillis).orElse(null))
        .bind(
            "unusedExpiresAt", credential.unusedExpiresAt().map(Instant::toEpochMilli).orElse(null))
        .bind("overlapEndsAt", credential.overlapEndsAt().map(Instant::toEpochMilli).orElse(null))
        .bind("state", made.state().word())
        .bind("stateAt", row.stateAt().map(Instant::toEpochMilli).orElse(null))
        .bind("stateReason", row.stateReason().orElse(null))
        .bind("version", credential.version())
        .bind("signature", checks.sign(row.facts()));
  }
}
