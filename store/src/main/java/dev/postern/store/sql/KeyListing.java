package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.LiveNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * Tells what there is of keys: each with its state, what needs it and which nodes hold it, as the
 * ring, the files of this process and the running nodes say. Changes nothing. Safe for use by
 * several threads.
 */
final class KeyListing {
  private static final int PAGE = 500;

  private final Database database;
  private final Writes writes;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final Membership membership;
  private final KeyUses uses;
  private final AppPasswordTable appPasswords;
  private final ApiTokenTable apiTokens;

  KeyListing(
      Database database,
      Writes writes,
      KeyRing ring,
      KeyRingTable table,
      Membership membership,
      KeyUses uses,
      AppPasswordTable appPasswords,
      ApiTokenTable apiTokens) {
    this.database = database;
    this.writes = writes;
    this.ring = ring;
    this.table = table;
    this.membership = membership;
    this.uses = uses;
    this.appPasswords = appPasswords;
    this.apiTokens = apiTokens;
  }

  /** See {@link dev.postern.store.keys.Keys#status}. */
  List<KeyStatus> status(Optional<KeyKind> kind) {
    List<LiveNode> nodes = membership.nodes();
    return database.read(handle -> {
      List<KeyRingTable.Found> found = table.all(handle);
      List<KeyStatus> statuses = new ArrayList<>();
      for (KeyKind each : kind.map(List::of).orElse(List.of(KeyKind.values()))) {
        Map<String, Optional<RingRow>> keys = new LinkedHashMap<>();
        found.stream()
            .filter(row -> row.kind() == each)
            .forEach(row -> keys.put(row.id(), row.genuine()));
        List<String> unknown =
            ring.held().ids(each).stream()
                .filter(id -> !keys.containsKey(id) && !RowSignatures.isDerived(id))
                .toList();
        keys.forEach((id, row) ->
            statuses.add(
                status(
                    handle,
                    each,
                    id,
                    row,
                    row.map(RingRow::state).orElse(KeyState.ALTERED),
                    nodes)));
        unknown.forEach(id ->
            statuses.add(status(handle, each, id, Optional.empty(), KeyState.UNKNOWN, nodes)));
      }
      return statuses;
    });
  }

  private KeyStatus status(
      Handle handle,
      KeyKind kind,
      String id,
      Optional<RingRow> row,
      KeyState state,
      List<LiveNode> nodes) {
    String name = RingRow.name(kind, id);
    return new KeyStatus(
        kind,
        id,
        state,
        ring.held().check(kind, id).isPresent(),
        uses.count(handle, kind, id),
        names(nodes.stream().filter(node -> node.held().contains(name))),
        names(nodes.stream().filter(node -> !node.held().contains(name))),
        row.flatMap(RingRow::activatedAt),
        row.flatMap(RingRow::retireBy));
  }

  static List<String> names(Stream<LiveNode> nodes) {
    return nodes.map(LiveNode::name).toList();
  }

  /** One key; refused as altered if it is neither in the ring nor here. */
  KeyStatus only(KeyKind kind, String id) {
    return status(Optional.of(kind)).stream()
        .filter(key -> key.id().equals(id))
        .findFirst()
        .orElseThrow(() -> KeyRingTable.altered(kind, id));
  }

  /** See {@link dev.postern.store.keys.Keys#underPepper}. */
  void underPepper(String id, Consumer<AppPassword> each) {
    requireRow(KeyKind.PEPPER, id);
    each(behind -> handle -> uses.workingUnderPepper(handle, id, behind, PAGE), each);
  }

  /** The app passwords that were revoked because a pepper ended, whichever node did it. */
  void revokedWith(String pepper, Consumer<AppPassword> each) {
    each(behind -> handle -> uses.revokedWithPepper(handle, pepper, behind, PAGE), each);
  }

  /** See {@link dev.postern.store.keys.Keys#apiTokensUnderPepper}. */
  List<ApiToken> apiTokensUnderPepper(String id) {
    requireRow(KeyKind.PEPPER, id);
    return database.read(handle -> {
      List<ApiTokenRow> working = apiTokens.working(handle, writes.now()).genuine();
      List<String> ids = ApiTokenTable.under(working, id);
      return working.stream()
          .map(ApiTokenRow::token)
          .filter(token -> ids.contains(token.id()))
          .sorted(Comparator.comparing(ApiToken::id))
          .toList();
    });
  }

  /** See {@link dev.postern.store.keys.Keys#apiTokensRevokedWith}. */
  List<ApiToken> apiTokensRevokedWith(String pepper) {
    return database.read(handle -> apiTokens.revokedWith(handle, pepper)).stream()
        .map(ApiTokenRow::token)
        .toList();
  }

  private void each(
      Function<String, Database.Work<List<String>>> idsBehind, Consumer<AppPassword> each) {
    String after = "";
    do {
      List<String> ids = database.read(idsBehind.apply(after));
      if (!ids.isEmpty()) {
        database
            .read(handle -> appPasswords.byIds(handle, ids))
            .forEach(row -> each.accept(row.at(writes.now())));
      }
      after = ids.isEmpty() ? "" : ids.getLast();
    } while (!after.isEmpty());
  }

  /** Refuses a key that is neither in the ring nor here. */
  void requireRow(KeyKind kind, String id) {
    boolean isThere =
        database.read(table::all).stream()
            .anyMatch(row -> row.kind() == kind && row.id().equals(id));
    if (!isThere && ring.held().check(kind, id).isEmpty()) {
      throw new RefusedException(
          Code.NOT_FOUND,
          "the key ring has no " + kind.word() + " key " + id,
          "See 'postern keys status " + kind.word() + "'.");
    }
  }
}
