package dev.postern.store.sql;

import dev.postern.store.audit.Fold;
import dev.postern.store.audit.FoldedSignIns;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.Who;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Adds to {@code sign_ins}. Here names become users, or digests: what was typed goes no further
 * than into the question whose it is.
 */
final class SignInTable {
  private static final int ID_LENGTH = 16;

  private static final String UPSERT =
      """
      INSERT INTO sign_ins (fold, first_at, last_at, attempts, user_id, name_digest, domain,
          credential_id, protocol, mechanism, outcome, reason, peer, client, upstream)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (fold) DO UPDATE SET
          first_at = CASE WHEN excluded.first_at < sign_ins.first_at
              THEN excluded.first_at ELSE sign_ins.first_at END,
          last_at = CASE WHEN excluded.last_at > sign_ins.last_at
              THEN excluded.last_at ELSE sign_ins.last_at END,
          attempts = sign_ins.attempts + excluded.attempts,
          number = NULL
      """;

  private final NameDigest digest;
  private final Dialect dialect;

  SignInTable(NameDigest digest, Dialect dialect) {
    this.digest = digest;
    this.dialect = dialect;
  }

  /** A row: whose it is, as it is kept, and what was folded into it. */
  record Row(
      Optional<String> userId,
      Optional<String> nameDigest,
      Optional<String> domain,
      Optional<String> credentialId,
      boolean isSourceKept,
      FoldedSignIns entry) {

    Fold fold() {
      return entry.fold();
    }

    boolean isRefused() {
      return !fold().outcome().equals("accepted");
    }
  }

  /**
   * Adds entries, or folds them into those that are there; in the order of their keys, so that two
   * nodes never wait for each other.
   *
   * @return the rows by their keys
   */
  NavigableMap<String, Row> add(Handle handle, List<FoldedSignIns> entries) throws SQLException {
    Map<String, String> owners = owners(handle, entries);
    Set<String> users = users(handle, entries, owners.values());
    NavigableMap<String, Row> rows = new TreeMap<>();
    for (FoldedSignIns entry : entries) {
      Row row = row(entry, owners, users);
      rows.merge(key(row), row, SignInTable::together);
    }
    write(handle.getConnection(), rows);
    return rows;
  }

  /** Plain JDBC: under attack these are a thousand rows a second. */
  private static void write(Connection connection, NavigableMap<String, Row> rows)
      throws SQLException {
    try (PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
      for (Map.Entry<String, Row> row : rows.entrySet()) {
        bind(upsert, row.getKey(), row.getValue());
        upsert.addBatch();
      }
      int[] _ = upsert.executeBatch();
    }
  }

  private Row row(FoldedSignIns entry, Map<String, String> owners, Set<String> users) {
    return switch (entry.fold().who()) {
      // A user who is gone by now may have been erased: this must not bring anything back.
      case Who.Known(String userId) when !users.contains(userId) ->
          new Row(
              Optional.of(digest.pseudonym(userId)),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              entry);
      case Who.Known(String userId) -> ofUser(userId, entry);
      case Who.Named(var name, String domain) ->
          Optional.ofNullable(owners.get(name.value()))
              .filter(users::contains)
              .map(owner -> ofUser(owner, entry))
              .orElseGet(() ->
                  new Row(
                      Optional.empty(),
                      Optional.of(digest.of(name)),
                      Optional.of(domain).filter(text -> !text.isEmpty()),
                      Optional.empty(),
                      true,
                      entry));
      case Who.Unnamed() ->
          new Row(
              Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true, entry);
    };
  }

  private static Row ofUser(String userId, FoldedSignIns entry) {
    return new Row(
        Optional.of(userId),
        Optional.empty(),
        Optional.empty(),
        entry.fold().credentialId(),
        true,
        entry);
  }

  private static Row together(Row one, Row other) {
    return new Row(
        one.userId,
        one.nameDigest,
        one.domain,
        one.credentialId,
        one.isSourceKept,
        one.entry.plus(other.entry));
  }

  /** Users by the names of those entries that have only a name. */
  private static Map<String, String> owners(Handle handle, List<FoldedSignIns> entries) {
    List<String> names =
        who(entries)
            .flatMap(
                who -> who instanceof Who.Named(var name, var _) ? Stream.of(name.value()) : null)
            .distinct()
            .toList();
    Map<String, String> owners = new HashMap<>();
    if (!names.isEmpty()) {
      handle
          .createQuery("SELECT name, user_id FROM login_names WHERE name IN (<names>)")
          .bindList("names", padded(names))
          .map((row, _) -> Map.entry(row.getString("name"), row.getString("user_id")))
          .forEach(owner -> owners.put(owner.getKey(), owner.getValue()));
    }
    return owners;
  }

  /**
   * Those of the users of these entries that still exist, and go on existing until the transaction
   * ends: whoever erases one of them waits for these rows, to take him out of them too.
   */
  private Set<String> users(Handle handle, List<FoldedSignIns> entries, Collection<String> owners) {
    List<String> ids =
        Stream.concat(
                who(entries)
                    .flatMap(who -> who instanceof Who.Known(String id) ? Stream.of(id) : null),
                owners.stream())
            .distinct()
            .toList();
    return ids.isEmpty()
        ? Set.of()
        : new HashSet<>(
            handle
                .createQuery(
                    "SELECT id FROM users WHERE id IN (<ids>) ORDER BY id" + dialect.keyShare())
                .bindList("ids", padded(ids))
                .mapTo(String.class)
                .list());
  }

  /** As long as a power of two, by repetition: few lengths are few statements to be parsed. */
  private static List<String> padded(List<String> values) {
    int length = Integer.highestOneBit(2 * values.size() - 1);
    List<String> padded = new ArrayList<>(values);
    padded.addAll(Collections.nCopies(length - values.size(), values.getLast()));
    return padded;
  }

  private static Stream<Who> who(Collection<FoldedSignIns> entries) {
    return entries.stream().map(entry -> entry.fold().who());
  }

  private static void bind(PreparedStatement upsert, String key, Row row) throws SQLException {
    Fold fold = row.fold();
    upsert.setString(1, key);
    upsert.setLong(2, row.entry().first().toEpochMilli());
    upsert.setLong(3, row.entry().last().toEpochMilli());
    upsert.setLong(4, row.entry().attempts());
    upsert.setString(5, row.userId().orElse(null));
    upsert.setString(6, row.nameDigest().orElse(null));
    upsert.setString(7, row.domain().orElse(null));
    upsert.setString(8, row.credentialId().orElse(null));
    upsert.setString(9, fold.protocol().word());
    upsert.setString(10, fold.mechanism());
    upsert.setString(11, fold.outcome());
    upsert.setString(12, fold.reason());
    upsert.setString(13, peer(row));
    upsert.setString(14, client(row));
    upsert.setString(15, fold.upstream().orElse(null));
  }

  private static @Nullable String peer(Row row) {
    return row.isSourceKept() ? row.fold().peer().map(PeerKey::of).orElse(null) : null;
  }

  private static String client(Row row) {
    return row.isSourceKept() ? row.fold().clientName() : "";
  }

  /** A digest of everything that rows of one key have in common. */
  private static String key(Row row) {
    Fold fold = row.fold();
    MessageDigest sha = sha256();
    ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
    for (String part :
        Arrays.asList(
            Long.toString(fold.hour().toEpochMilli()),
            row.userId().orElse(null),
            row.nameDigest().orElse(null),
            row.domain().orElse(null),
            row.credentialId().orElse(null),
            fold.protocol().word(),
            fold.mechanism(),
            fold.outcome(),
            fold.reason(),
            peer(row),
            client(row),
            fold.upstream().orElse(null))) {
      byte[] bytes = part == null ? new byte[0] : part.getBytes(StandardCharsets.UTF_8);
      sha.update(length.clear().putInt(part == null ? -1 : bytes.length).flip());
      sha.update(bytes);
    }
    return HexFormat.of().formatHex(sha.digest(), 0, ID_LENGTH);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
