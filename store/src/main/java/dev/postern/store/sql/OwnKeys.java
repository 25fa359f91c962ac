package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.keys.ActiveKey;
import dev.postern.store.keys.KeyKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The keys of an open store: copies of those it was given, wiped when it closes, and which of each
 * kind is active. Safe for use by several threads until it is closed: nothing in here changes but
 * what an {@link ActiveKey} holds.
 */
final class OwnKeys implements AutoCloseable {
  private final List<StoreConfig.Key> peppers;
  private final List<StoreConfig.Key> sealing;
  private final List<StoreConfig.Key> integrity;
  private final HeldKeys held;
  private final Map<KeyKind, ActiveKey> active;

  OwnKeys(StoreConfig config) {
    this.peppers = copies(config.pepper());
    this.sealing = copies(config.sealingKeys());
    this.integrity = copies(config.integrityKeys());
    this.held = new HeldKeys(peppers, sealing, integrity);
    this.active =
        Stream.of(KeyKind.values())
            .collect(
                Collectors.toMap(Function.identity(), kind -> new ActiveKey(held.newest(kind))));
  }

  List<StoreConfig.Key> peppers() {
    return peppers;
  }

  List<StoreConfig.Key> sealing() {
    return sealing;
  }

  /** Those of the site's own. */
  List<StoreConfig.Key> integrity() {
    return integrity;
  }

  /** Their ids and check values. */
  HeldKeys held() {
    return held;
  }

  /** The newest ones, until the {@link KeyRing} says otherwise. */
  Map<KeyKind, ActiveKey> active() {
    return active;
  }

  ActiveKey active(KeyKind kind) {
    return Optional.ofNullable(active.get(kind)).orElseThrow();
  }

  @Override
  public void close() {
    Stream.of(peppers, sealing, integrity)
        .flatMap(List::stream)
        .forEach(key -> key.bytes().close());
  }

  private static List<StoreConfig.Key> copies(List<StoreConfig.Key> keys) {
    return keys.stream().map(key -> new StoreConfig.Key(key.id(), key.bytes().copy())).toList();
  }
}
