package dev.postern.store.auth;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keyed digest of app passwords: HMAC-SHA-256 under a pepper, over what {@link KeyedCheck}
 * says. Safe on event loops: about a quarter of a microsecond for each pepper, and each thread has
 * its own {@link Mac}s, so there is no lock.
 *
 * <p>It is Java's own HMAC. Keeping the states of the two key pads would halve the hashing, but the
 * one library that does so (Bouncy Castle) does not use the processor's SHA instructions and takes
 * three times as long; a copied {@code MessageDigest} costs as much as it saves.
 */
public final class KeyedDigest {
  private final List<String> keyIds;
  private final Supplier<String> active;
  private final ThreadLocal<KeyedCheck> checks;

  /**
   * @param peppers those in force, newest last, at least one; the newest is active
   */
  public KeyedDigest(List<StoreConfig.Key> peppers) {
    this(peppers, peppers.getLast().id());
  }

  /**
   * @param peppers those in force, at least one
   * @param activeKeyId the one for new secrets
   */
  public KeyedDigest(List<StoreConfig.Key> peppers, String activeKeyId) {
    this(peppers, () -> activeKeyId);
  }

  /**
   * @param peppers those in force, at least one
   * @param activeKeyId the one for new secrets; it may become another of them at any time
   */
  public KeyedDigest(List<StoreConfig.Key> peppers, Supplier<String> activeKeyId) {
    this(peppers, activeKeyId, KeyedDigest::hmac);
  }

  KeyedDigest(
      List<StoreConfig.Key> peppers, String activeKeyId, Function<StoreConfig.Key, Mac> macOf) {
    this(peppers, () -> activeKeyId, macOf);
  }

  private KeyedDigest(
      List<StoreConfig.Key> peppers,
      Supplier<String> activeKeyId,
      Function<StoreConfig.Key, Mac> macOf) {
    List<StoreConfig.Key> keys = List.copyOf(peppers);
    this.keyIds = keys.stream().map(StoreConfig.Key::id).toList();
    this.active = activeKeyId;
    int _ = active();
    this.checks =
        ThreadLocal.withInitial(() -> new KeyedCheck(keys.stream().map(macOf).toArray(Mac[]::new)));
  }

  /** The form to store for a new secret in our alphabet, under the active pepper. */
  public Keyed store(String userId, Secret secret) {
    return store(userId, secret, Over.ENTERED);
  }

  /**
   * The form to store for a secret, under the active pepper.
   *
   * @param secret what {@code over} says: as {@link AppPasswordShape} reads it, or as typed
   */
  public Keyed store(String userId, Secret secret, Over over) {
    UserId id = UserId.parse(userId);
    int pepper = active();
    byte[] tag = secret.expose(bytes -> checks.get().tag(pepper, id, bytes, over));
    return new Keyed(keyIds.get(pepper), tag, over);
  }

  /**
   * Reads an entered secret and compares it with all app passwords of a user in keyed form. Hashes
   * once for each pepper in force, always all of them, so that the work tells nothing.
   *
   * @return what {@link FlatTags#match} says, {@link KeyedCheck#WRONG_SHAPE} if it cannot be an app
   *     password, which costs no hash
   */
  int compare(CachedUser user, Secret entered) {
    return entered.expose(bytes -> checks.get().compare(user, bytes));
  }

  /**
   * Compares a secret with those of a user's app passwords that are keyed over the bytes as typed.
   * Hashes once for each pepper if there is one, else not at all.
   *
   * @param fitting see {@link CachedUser#fitting}
   * @param isOwnTried whether those that people made are among them
   * @return the number of one that matches, of one that fits if there is any; {@link FlatTags#NONE}
   *     if none does
   */
  int compareTyped(CachedUser user, Secret typed, BitSet fitting, boolean isOwnTried) {
    int match = FlatTags.NONE;
    int fittingMatch = FlatTags.NONE;
    Map<String, byte[]> tags = new HashMap<>();
    for (int number = user.firstOther(); number < user.size(); number++) {
      Credential other = user.other(number);
      if ((isOwnTried || other.isMachineMade())
          && other.stored().orElse(null) instanceof Keyed(String keyId, byte[] tag, _)) {
        byte[] entered = tags.computeIfAbsent(keyId, id -> typedTag(id, user, typed));
        if (MessageDigest.isEqual(tag, entered)) {
          match = number;
          fittingMatch = fitting.get(number - user.firstOther()) ? number : fittingMatch;
        }
      }
    }
    return fittingMatch < 0 ? match : fittingMatch;
  }

  /** Nothing for a pepper that is not in force. */
  private byte[] typedTag(String keyId, CachedUser user, Secret typed) {
    int pepper = keyIds.indexOf(keyId);
    UserId id = new UserId(user.idHigh(), user.idLow());
    return pepper < 0 || typed.length() > KeyedCheck.LONGEST_TYPED
        ? new byte[0]
        : typed.expose(bytes -> checks.get().tag(pepper, id, bytes, Over.TYPED));
  }

  /** Whether a match of {@link #compare} is under the active pepper. */
  boolean isActive(int match) {
    return keyIds.get(FlatTags.pepper(match)).equals(active.get());
  }

  /** Whether that one is under the active pepper. */
  boolean isActive(Keyed stored) {
    return stored.keyId().equals(active.get());
  }

  /** The stored form that {@link #compare} matched. */
  Keyed stored(CachedUser user, int match) {
    return new Keyed(
        keyIds.get(FlatTags.pepper(match)), FlatTags.tag(user.tags(), FlatTags.number(match)));
  }

  private int active() {
    String keyId = active.get();
    int pepper = keyIds.indexOf(keyId);
    if (pepper < 0) {
      throw new IllegalArgumentException("pepper " + keyId + " is not there");
    }
    return pepper;
  }

  private static Mac hmac(StoreConfig.Key key) {
    return key.bytes()
        .expose(bytes -> {
          try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
            return mac;
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
          }
        });
  }
}
