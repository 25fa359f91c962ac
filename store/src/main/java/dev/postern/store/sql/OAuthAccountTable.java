package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Statements on {@code oauth_accounts}, whose refresh tokens are sealed. */
final class OAuthAccountTable {
  private static final String COLUMNS =
      "a.user_id, a.upstream, a.state, a.state_reason, a.state_at, a.subject, a.registration, a.connected_at,"
          + " a.connected_by, a.generation, a.sealed, a.version, a.signature";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM oauth_accounts a ";

  private final Dialect dialect;
  private final SecretBox secretBox;
  private final RowChecks checks;

  OAuthAccountTable(Dialect dialect, SecretBox secretBox, RowChecks checks) {
    this.dialect = dialect;
    this.secretBox = secretBox;
    this.checks = checks;
  }

  /** What became of a look-up. */
  sealed interface Found {
    record None() implements Found {}

    /** Not what Postern wrote; there was an alarm. */
    record Altered() implements Found {}

    record Genuine(OAuthAccountRow row) implements Found {}
  }

  /** A row that stays as it is until the transaction ends. */
  Found lock(Handle handle, String userId, String upstream) {
    return handle
        .createQuery(
            SELECT + "WHERE a.user_id = :user AND a.upstream = :upstream" + dialect.rowLock("a"))
        .bind("user", userId)
        .bind("upstream", upstream)
        .map((row, _) -> genuine(row).<Found>map(Found.Genuine::new).orElseGet(Found.Altered::new))
        .findOne()
        .orElseGet(Found.None::new);
  }

  /** A row for people, with the user's name. */
  record Listed(String user, OAuthAccountRow row, Instant refreshedAt) {
    OAuthAccount view() {
      return new OAuthAccount(
          row.userId(),
          user,
          row.upstream(),
          row.state(),
          row.reason(),
          row.since(),
          row.subject(),
          row.connectedAt(),
          row.connectedBy(),
          refreshedAt);
    }
  }

  /** Genuine rows of one user, by upstream. */
  List<Listed> ofUser(Handle handle, String userId) {
    return handle
        .createQuery(listing() + "WHERE a.user_id = :user ORDER BY a.upstream")
        .bind("user", userId)
        .map((row, _) -> listed(row))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** A page of genuine rows, by user and upstream. */
  List<Listed> page(
      Handle handle, Optional<State> state, String userId, String upstream, int limit) {
    return handle
        .createQuery(
            listing()
                + "WHERE (a.user_id, a.upstream) > (:user, :upstream)"
                + " AND (:state = '' OR a.state = :state)"
                + " ORDER BY a.user_id, a.upstream LIMIT :limit")
        .bind("user", userId)
        .bind("upstream", upstream)
        .bind("state", state.map(State::word).orElse(""))
        .bind("limit", limit)
        .map((row, _) -> listed(row))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Those that are connected at one of the upstreams and were not refreshed since, the longest
   * unused first. Whether a row is genuine is seen when its token is to be used.
   */
  static List<TokenAccount.OfUser> idle(
      Handle handle, Instant since, Collection<String> upstreams, int limit) {
    return handle
        .createQuery(
            "SELECT user_id, upstream FROM oauth_accounts"
                + " WHERE state = 'connected' AND refreshed_at \\< :since"
                + " AND upstream IN (<upstreams>) ORDER BY refreshed_at LIMIT :limit")
        .bind("since", since.toEpochMilli())
        .bindList("upstreams", List.copyOf(upstreams))
        .bind("limit", limit)
        .map((row, _) ->
            new TokenAccount.OfUser(row.getString("upstream"), row.getString("user_id")))
        .list();
  }

  private static String listing() {
    return "SELECT "
        + COLUMNS
        + ", a.refreshed_at, u.name FROM oauth_accounts a JOIN users u ON u.id = a.user_id ";
  }

  private Optional<Listed> listed(ResultSet row) throws SQLException {
    String name = row.getString("name");
    Instant refreshedAt = Instant.ofEpochMilli(row.getLong("refreshed_at"));
    return genuine(row).map(genuine -> new Listed(name, genuine, refreshedAt));
  }

  /** Writes a row, new or in place of an earlier one, which is locked. */
  void put(Handle handle, OAuthAccountRow row, Instant refreshedAt) {
    bind(
            handle.prepareBatch(
                """
                INSERT INTO oauth_accounts (user_id, upstream, state, state_reason, state_at,
                    subject, registration, connected_at, connected_by, generation, sealed, version, signature,
                    refreshed_at)
                VALUES (:user, :upstream, :state, :reason, :since, :subject, :registration, :connectedAt,
                    :connectedBy, :generation, :sealed, :version, :signature, :refreshedAt)
                ON CONFLICT (user_id, upstream)
                DO UPDATE SET state = excluded.state, state_reason = excluded.state_reason,
                    state_at = excluded.state_at, subject = excluded.subject,
                    registration = excluded.registration,
                    connected_at = excluded.connected_at, connected_by = excluded.connected_by,
                    generation = excluded.generation, sealed = excluded.sealed,
                    version = excluded.version, signature = excluded.signature,
                    refreshed_at = excluded.refreshed_at
                """),
            row)
        .bind("refreshedAt", refreshedAt.toEpochMilli())
        .add()
        .execute();
  }

  /** Writes back a row that is locked and was changed in something but its refresh token. */
  void save(Handle handle, OAuthAccountRow row) {
    bind(
            handle.prepareBatch(
                """
                UPDATE oauth_accounts
                SET state = :state, state_reason = :reason, state_at = :since, subject = :subject,
                    registration = :registration,
                    connected_at = :connectedAt, connected_by = :connectedBy,
                    generation = :generation, sealed = :sealed, version = :version,
                    signature = :signature
                WHERE user_id = :user AND upstream = :upstream
                """),
            row)
        .add()
        .execute();
  }

  /** The provider took the token. */
  void refreshed(Handle handle, String userId, String upstream, Instant at) {
    handle
        .createUpdate(
            "UPDATE oauth_accounts SET refreshed_at = :at"
                + " WHERE user_id = :user AND upstream = :upstream")
        .bind("at", at.toEpochMilli())
        .bind("user", userId)
        .bind("upstream", upstream)
        .execute();
  }

  /** Whether the refresh token of a row that is locked was not tried again since. */
  static boolean isUntried(Handle handle, OAuthAccountRow row, Instant since) {
    return handle
            .createQuery(
                "SELECT COUNT(*) FROM oauth_accounts"
                    + " WHERE user_id = :user AND upstream = :upstream AND tried_at \\<= :since")
            .bind("since", since.toEpochMilli())
            .bind("user", row.userId())
            .bind("upstream", row.upstream())
            .mapTo(Integer.class)
            .one()
        > 0;
  }

  /** It is tried again now. */
  static void tried(Handle handle, OAuthAccountRow row, Instant now) {
    handle
        .createUpdate(
            "UPDATE oauth_accounts SET tried_at = :now"
                + " WHERE user_id = :user AND upstream = :upstream")
        .bind("now", now.toEpochMilli())
        .bind("user", row.userId())
        .bind("upstream", row.upstream())
        .execute();
  }

  /** How many there are in a state, by upstream. */
  List<Count> counts(Handle handle) {
    return handle
        .createQuery(
            "SELECT upstream, state, COUNT(*) AS number FROM oauth_accounts"
                + " GROUP BY upstream, state")
        .map((row, _) ->
            new Count(row.getString("upstream"), row.getString("state"), row.getLong("number")))
        .list();
  }

  record Count(String upstream, String state, long number) {}

  private PreparedBatch bind(PreparedBatch batch, OAuthAccountRow row) {
    return batch
        .bind("user", row.userId())
        .bind("upstream", row.upstream())
        .bind("state", row.state().word())
        .bind("reason", row.reason())
        .bind("since", row.since().toEpochMilli())
        .bind("subject", row.subject().orElse(null))
        .bind("registration", row.registration())
        .bind("connectedAt", row.connectedAt().toEpochMilli())
        .bind("connectedBy", row.connectedBy())
        .bind("generation", row.generation())
        .bind("sealed", row.sealed())
        .bind("version", row.version())
        .bind("signature", checks.sign(row.facts()));
  }

  /** Seals a refresh token for its place. */
  String seal(Secret token, String userId, String upstream, long generation) {
    return secretBox.seal(token, OAuthAccountRow.place(userId, upstream, generation)).text();
  }

  /**
   * The refresh token of a genuine row.
   *
   * @throws SealBrokenException if it does not open
   */
  Secret open(OAuthAccountRow row) {
    return secretBox.open(new Sealed(row.sealed(), row.place()));
  }

  /**
   * Seals a page anew under the active key.
   *
   * @param behind user and upstream of the last row before the page
   */
  Renewal.Page reseal(Handle handle, String keyId, Optional<List<String>> behind) {
    List<KeyedRow> rows = under(handle, keyId, behind);
    if (rows.isEmpty()) {
      return Renewal.Page.EMPTY;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE oauth_accounts
            SET sealed = :sealed, version = :version, signature = :signature
            WHERE user_id = :user AND upstream = :upstream AND sealed = :old
            """);
    int renewed = 0;
    for (KeyedRow keyed : rows) {
      Optional<OAuthAccountRow> fresh = keyed.genuine().flatMap(this::resealed);
      if (fresh.isPresent()) {
        renewed++;
        batch
            .bind("user", fresh.get().userId())
            .bind("upstream", fresh.get().upstream())
            .bind("sealed", fresh.get().sealed())
            .bind("version", fresh.get().version())
            .bind("signature", checks.sign(fresh.get().facts()))
            .bind("old", keyed.genuine().map(OAuthAccountRow::sealed).orElseThrow())
            .add();
      }
    }
    if (renewed > 0) {
      batch.execute();
    }
    return new Renewal.Page(Optional.of(rows.getLast().key()), renewed, rows.size() - renewed);
  }

  private record KeyedRow(List<String> key, Optional<OAuthAccountRow> genuine) {}

  private List<KeyedRow> under(Handle handle, String keyId, Optional<List<String>> behind) {
    String beginning = KeyUses.sealedBeginning(keyId);
    return handle
        .createQuery(
            SELECT
                + "WHERE substr(a.sealed, 1, :length) = :beginning"
                + " AND (a.user_id, a.upstream) > (:user, :upstream)"
                + " ORDER BY a.user_id, a.upstream LIMIT "
                + Renewal.PAGE
                + dialect.freeRowLock("a"))
        .bind("length", beginning.length())
        .bind("beginning", beginning)
        .bind("user", behind.map(List::getFirst).orElse(""))
        .bind("upstream", behind.map(List::getLast).orElse(""))
        .map((row, _) ->
            new KeyedRow(
                List.of(row.getString("user_id"), row.getString("upstream")), genuine(row)))
        .list();
  }

  private Optional<OAuthAccountRow> resealed(OAuthAccountRow old) {
    try (Secret token = open(old)) {
      return Optional.of(
          old.with(old.generation(), seal(token, old.userId(), old.upstream(), old.generation())));
    } catch (SealBrokenException _) {
      checks.malformed(OAuthAccountRow.TABLE, old.key());
      return Optional.empty();
    }
  }

  SignedTable signed() {
    return new SignedTable(
        OAuthAccountRow.TABLE,
        "a",
        List.of("user_id", "upstream"),
        SELECT,
        (row, _) -> genuine(row).map(OAuthAccountRow::facts));
  }

  /** A row as it is; empty, and an alarm, if it is not what Postern wrote. */
  private Optional<OAuthAccountRow> genuine(ResultSet row) throws SQLException {
    String userId = row.getString("user_id");
    String upstream = row.getString("upstream");
    Optional<State> state = State.of(row.getString("state"));
    if (state.isEmpty()) {
      checks.malformed(OAuthAccountRow.TABLE, OAuthAccountRow.key(userId, upstream));
      return Optional.empty();
    }
    OAuthAccountRow read =
        new OAuthAccountRow(
            userId,
            upstream,
            state.get(),
            row.getString("state_reason"),
            Instant.ofEpochMilli(row.getLong("state_at")),
            Optional.ofNullable(row.getString("subject")),
            row.getString("registration"),
            Instant.ofEpochMilli(row.getLong("connected_at")),
            row.getString("connected_by"),
            row.getLong("generation"),
            row.getString("sealed"),
            row.getLong("version"));
    return checks.isGenuine(
            OAuthAccountRow.TABLE,
            read.key(),
            read.version(),
            read.facts(),
            row.getString("signature"))
        ? Optional.of(read)
        : Optional.empty();
  }
}
