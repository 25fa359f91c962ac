package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.keys.KeyKind;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of this process by id, with a check value for each (eight bytes of an HMAC of a fixed
 * text), by which two keys under one id are told apart.
 */
final class HeldKeys {
  private static final int CHECK_LENGTH = 8;

  /** Check values by id, oldest first. */
  private final Map<KeyKind, SequencedMap<String, String>> checks = new EnumMap<>(KeyKind.class);

  HeldKeys(
      List<StoreConfig.Key> peppers,
      List<StoreConfig.Key> sealingKeys,
      List<StoreConfig.Key> integrityKeys) {
    put(KeyKind.PEPPER, peppers);
    put(KeyKind.SEALING, sealingKeys);
    SequencedMap<String, String> integrity = new LinkedHashMap<>();
    sealingKeys.forEach(
        key -> integrity.put(RowSignatures.derivedId(key.id()), check(KeyKind.INTEGRITY, key)));
    integrityKeys.forEach(key -> integrity.put(key.id(), check(KeyKind.INTEGRITY, key)));
    checks.put(KeyKind.INTEGRITY, integrity);
  }

  private void put(KeyKind kind, List<StoreConfig.Key> keys) {
    SequencedMap<String, String> values = new LinkedHashMap<>();
    keys.forEach(key -> values.put(key.id(), check(kind, key)));
    checks.put(kind, values);
  }

  /** Oldest first. */
  List<String> ids(KeyKind kind) {
    return List.copyOf(of(kind).sequencedKeySet());
  }

  String newest(KeyKind kind) {
    return of(kind).lastEntry().getKey();
  }

  /** Whether there is an integrity key beside those that the sealing keys yield. */
  boolean hasOwnIntegrityKey() {
    return !RowSignatures.isDerived(newest(KeyKind.INTEGRITY));
  }

  /** Ids of the integrity keys that the sealing keys here yield. */
  Set<String> derivedIntegrityKeys() {
    return ids(KeyKind.INTEGRITY).stream()
        .filter(RowSignatures::isDerived)
        .collect(Collectors.toUnmodifiableSet());
  }

  Optional<String> check(KeyKind kind, String id) {
    return Optional.ofNullable(of(kind).get(id));
  }

  /** All as {@code KIND/ID}. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    Stream.of(KeyKind.values())
        .forEach(kind -> ids(kind).forEach(id -> names.add(kind.word() + "/" + id)));
    return names;
  }

  private SequencedMap<String, String> of(KeyKind kind) {
    return checks.getOrDefault(kind, new LinkedHashMap<>());
  }

  /** The check value of a key. */
  static String check(KeyKind kind, StoreConfig.Key key) {
    byte[] text = ("postern key check " + kind.setting()).getBytes(StandardCharsets.US_ASCII);
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
