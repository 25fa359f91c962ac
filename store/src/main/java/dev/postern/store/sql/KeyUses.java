package dev.postern.store.sql;

import dev.postern.store.access.StoredToken;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Finds values by the key they were made with, whose id is at the beginning of each. There is no
 * index for that: these statements go through whole tables and are for people and for batches.
 */
final class KeyUses {
  private static final String WORKING = "state IN ('active', 'suspended')";

  private final List<String> signedTables;
  private final InstantSource clock;

  /**
   * @param signedTables all that have a column {@code signature}
   */
  KeyUses(List<String> signedTables, InstantSource clock) {
    this.signedTables = List.copyOf(signedTables);
    this.clock = clock;
  }

  /** Where values of a key are. */
  private record Place(String table, String column, List<String> beginnings, String condition) {}

  /**
   * How many values need a key: app passwords and API tokens that may work, sealed values, and
   * signed rows.
   */
  long count(Handle handle, KeyKind kind, String id) {
    return places(kind, id).stream().mapToLong(place -> count(handle, place)).sum();
  }

  /** Whether there is anybody whose keys matter. */
  boolean hasUsers(Handle handle) {
    return isUsed(handle, new Place("users", "id", List.of(""), "TRUE"));
  }

  /** How many passwords for upstreams are sealed under a key. */
  long upstreamPasswordsUnder(Handle handle, String sealingKey) {
    return count(handle, upstreamPlace(sealingKey));
  }

  /** How many refresh tokens are sealed under a key. */
  long refreshTokensUnder(Handle handle, String sealingKey) {
    return count(handle, oauthPlace(sealingKey));
  }

  /** How many imported hashes are sealed under a key. */
  long countImportedUnder(Handle handle, String sealingKey) {
    return count(handle, importedPlace(sealingKey));
  }

  /** How many rows of a table are signed under a key. */
  long signedUnder(Handle handle, String table, String integrityKey) {
    return count(handle, signedPlace(table, integrityKey));
  }

  /** Whether anything in the database is lost without that key. */
  boolean isNeeded(Handle handle, KeyKind kind, String id) {
    List<Place> places = new ArrayList<>(places(kind, id));
    if (kind == KeyKind.SEALING) {
      places.addAll(places(KeyKind.INTEGRITY, RowSignatures.derivedId(id)));
    }
    return places.stream().anyMatch(place -> isUsed(handle, place));
  }

  /** Ids of app passwords under a pepper that may work, in their order. */
  List<String> workingUnderPepper(Handle handle, String pepper, String after, int limit) {
    return ids(handle, pepperPlace(pepper), after, limit);
  }

  /** Ids of app passwords that were revoked because their pepper ended, in their order. */
  List<String> revokedWithPepper(Handle handle, String pepper, String after, int limit) {
    Place place = pepperPlace(pepper, "state = 'revoked' AND state_reason = :reason");
    return query(handle, place, after, limit)
        .bind("reason", PepperEnd.reason(pepper))
        .mapTo(String.class)
        .list();
  }

  /** Ids of app passwords whose imported hash is sealed under a key, in their order. */
  List<String> importedUnder(Handle handle, String sealingKey, String after, int limit) {
    return ids(handle, importedPlace(sealingKey), after, limit);
  }

  /** The pepper of a stored form; the imported ones have none. */
  static Optional<String> pepperOf(StoredSecret stored) {
    return switch (stored) {
      case StoredSecret.Keyed keyed -> Optional.of(keyed.keyId());
      case StoredSecret.Hardened hardened -> Optional.of(hardened.keyId());
      case StoredSecret.Imported _ -> Optional.empty();
    };
  }

  /** How a value that is sealed under a key begins. */
  static String sealedBeginning(String sealingKey) {
    return "v1:" + sealingKey + ":";
  }

  private List<Place> places(KeyKind kind, String id) {
    return switch (kind) {
      case PEPPER -> List.of(pepperPlace(id), apiTokenPlace(id));
      case SEALING -> List.of(upstreamPlace(id), oauthPlace(id), importedPlace(id));
      case INTEGRITY -> signedTables.stream().map(table -> signedPlace(table, id)).toList();
    };
  }

  private static Place pepperPlace(String id) {
    return pepperPlace(id, WORKING);
  }

  private static Place pepperPlace(String id, String condition) {
    return new Place(
        "app_passwords",
        "secret",
        List.of(
            "$postern-hmac-sha256$k=" + id + "$",
            "$postern-hmac-sha256$k=" + id + ",",
            "$postern-argon2id$v=19$k=" + id + ","),
        condition);
  }

  private Place apiTokenPlace(String pepper) {
    return new Place(
        ApiTokenRow.TABLE,
        "digest",
        List.of(StoredToken.beginning(pepper)),
        "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > " + clock.millis() + ")");
  }

  private static Place upstreamPlace(String id) {
    return new Place("upstream_passwords", "sealed", List.of(sealedBeginning(id)), "TRUE");
  }

  private static Place oauthPlace(String id) {
    return new Place(OAuthAccountRow.TABLE, "sealed", List.of(sealedBeginning(id)), "TRUE");
  }

  private static Place signedPlace(String table, String id) {
    return new Place(table, "signature", List.of(id + ":"), "TRUE");
  }

  private static Place importedPlace(String id) {
    return new Place(
        "app_passwords", "secret", List.of("$postern-imported$" + sealedBeginning(id)), "TRUE");
  }

  private static long count(Handle handle, Place place) {
    return bind(handle.createQuery("SELECT COUNT(*) FROM " + place.table() + where(place)), place)
        .mapTo(Long.class)
        .one();
  }

  private static boolean isUsed(Handle handle, Place place) {
    return bind(
            handle.createQuery("SELECT 1 FROM " + place.table() + where(place) + " LIMIT 1"), place)
        .mapTo(Integer.class)
        .findFirst()
        .isPresent();
  }

  private static List<String> ids(Handle handle, Place place, String after, int limit) {
    return query(handle, place, after, limit).mapTo(String.class).list();
  }

  private static Query query(Handle handle, Place place, String after, int limit) {
    return bind(
            handle.createQuery(
                "SELECT id FROM "
                    + place.table()
                    + where(place)
                    + " AND id > :after ORDER BY id LIMIT :limit"),
            place)
        .bind("after", after)
        .bind("limit", limit);
  }

  private static String where(Place place) {
    List<String> tests = new ArrayList<>();
    for (int i = 0; i < place.beginnings().size(); i++) {
      tests.add("substr(" + place.column() + ", 1, :length" + i + ") = :beginning" + i);
    }
    return " WHERE (" + String.join(" OR ", tests) + ") AND " + place.condition();
  }

  private static Query bind(Query query, Place place) {
    for (int i = 0; i < place.beginnings().size(); i++) {
      String beginning = place.beginnings().get(i);
      query.bind("length" + i, beginning.length()).bind("beginning" + i, beginning);
    }
    return query;
  }
}
