package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Finds out at the start that a key is missing or another one, rather than at every login: then all
 * secrets would be wrong and nobody would know why. Keeps a check value (eight bytes of an HMAC of
 * a fixed text) for each key that was the newest once.
 */
final class KeyChecks {
  private static final int CHECK_LENGTH = 8;

  private final Database database;

  KeyChecks(Database database) {
    this.database = database;
  }

  /**
   * @param kind {@code pepper} or {@code sealing-key}
   * @param keys newest last
   * @throws StoreException if the data needs a key that is not there
   */
  void check(String kind, List<StoreConfig.Key> keys) {
    Map<String, String> known = known(kind);
    String newest = keys.getLast().id();
    if (!known.containsKey(newest)) {
      record(kind, keys.getLast());
      known = known(kind);
    }
    Map<String, StoreConfig.Key> given =
        keys.stream().collect(Collectors.toMap(StoreConfig.Key::id, Function.identity()));
    known.forEach((id, value) -> {
      StoreConfig.Key key =
          Optional.ofNullable(given.get(id))
              .orElseThrow(() ->
                  new StoreException(
                      "the database needs the " + kind + " " + id + ", which is not given",
                      "Put its line back into the file of store." + kind + "."));
      if (!value(kind, key).equals(value)) {
        throw new StoreException(
            "the " + kind + " " + id + " is not the one the database was made with",
            "Put the right line back into the file of store."
                + kind
                + "; a new key needs a new id.");
      }
    });
  }

  private Map<String, String> known(String kind) {
    return database.read(handle ->
        handle
            .createQuery("SELECT key_id, check_value FROM key_checks WHERE kind = :kind")
            .bind("kind", kind)
            .map((row, _) -> Map.entry(row.getString("key_id"), row.getString("check_value")))
            .list()
            .stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private void record(String kind, StoreConfig.Key key) {
    int _ =
        database.write(handle ->
            handle
                .createUpdate(
                    "INSERT INTO key_checks (kind, key_id, check_value)"
                        + " VALUES (:kind, :id, :value) ON CONFLICT (kind, key_id) DO NOTHING")
                .bind("kind", kind)
                .bind("id", key.id())
                .bind("value", value(kind, key))
                .execute());
  }

  private static String value(String kind, StoreConfig.Key key) {
    byte[] text = ("postern key check " + kind).getBytes(StandardCharsets.US_ASCII);
    byte[] check =
        key.bytes()
            .expose(bytes -> {
              try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
                return mac.doFinal(text);
              } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
              }
            });
    return HexFormat.of().formatHex(Arrays.copyOf(check, CHECK_LENGTH));
  }
}
