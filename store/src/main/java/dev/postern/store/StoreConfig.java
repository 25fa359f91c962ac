package dev.postern.store;

import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StorageForm;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.policy.PolicyHook;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the store needs to open.
 *
 * @param pepper keys for the keyed digest of app passwords, newest last, at least one
 * @param sealingKeys keys for sealed secrets, newest last, at least one
 * @param integrityKeys keys that rows are signed with, newest last; if there are none, each sealing
 *     key yields one
 * @param databaseGrace how long rows in the cache go on serving while the database is down
 * @param audit how long the record of what happened is kept
 * @param names what a login name that nobody has may stand for
 * @param guard what stands between guessers and the verifier
 */
public record StoreConfig(
    Database database,
    List<Key> pepper,
    List<Key> sealingKeys,
    List<Key> integrityKeys,
    AppPasswordRules appPasswords,
    Duration databaseGrace,
    AuditRules audit,
    NameRules names,
    GuardRules guard) {

  public StoreConfig {
    pepper = checked("pepper", pepper);
    sealingKeys = checked("sealing key", sealingKeys);
    integrityKeys = distinct("integrity key", integrityKeys);
    if (databaseGrace.isNegative()) {
      throw new IllegalArgumentException("the database grace period must not be negative");
    }
  }

  /** With the guard's defaults. */
  public StoreConfig(
      Database database,
      List<Key> pepper,
      List<Key> sealingKeys,
      List<Key> integrityKeys,
      AppPasswordRules appPasswords,
      Duration databaseGrace,
      AuditRules audit,
      NameRules names) {
    this(
        database,
        pepper,
        sealingKeys,
        integrityKeys,
        appPasswords,
        databaseGrace,
        audit,
        names,
        GuardRules.DEFAULTS);
  }

  /** With names that stand for themselves alone, too. */
  public StoreConfig(
      Database database,
      List<Key> pepper,
      List<Key> sealingKeys,
      List<Key> integrityKeys,
      AppPasswordRules appPasswords,
      Duration databaseGrace,
      AuditRules audit) {
    this(
        database,
        pepper,
        sealingKeys,
        integrityKeys,
        appPasswords,
        databaseGrace,
        audit,
        NameRules.EXACT);
  }

  private static List<Key> checked(String kind, List<Key> keys) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one " + kind);
    }
    return distinct(kind, keys);
  }

  private static List<Key> distinct(String kind, List<Key> keys) {
    if (keys.stream().map(Key::id).distinct().count() < keys.size()) {
      throw new IllegalArgumentException("every " + kind + " needs an id of its own");
    }
    return List.copyOf(keys);
  }

  /** Where the data is. */
  public sealed interface Database {
    /** One file, made if missing; for a single node. */
    record Sqlite(Path file) implements Database {}

    /**
     * A server.
     *
     * @param url {@code postgresql://USER@HOST[:PORT]/DATABASE[?sslmode=…]}; beyond loopback {@code
     *     sslmode} is {@code verify-full} and nothing else is taken
     */
    record Postgres(URI url, Optional<Secret> password) implements Database {}
  }

  /**
   * A named key of 32 bytes.
   *
   * @param id 1–32 letters, digits, hyphens; stored beside every value made with the key
   */
  public record Key(String id, Secret bytes) {
    /** Length in bytes. */
    public static final int LENGTH = 32;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,32}");

    public Key {
      if (!isId(id)) {
        throw new IllegalArgumentException("a key id is 1 to 32 letters, digits and hyphens");
      }
      if (bytes.length() != LENGTH) {
        throw new IllegalArgumentException(
            "key " + id + " must have 32 bytes, not " + bytes.length());
      }
    }

    /** Whether a key may be called so. */
    public static boolean isId(String text) {
      return ID.matcher(text).matches();
    }
  }

  /**
   * What new app passwords are where no policy in the database says otherwise.
   *
   * @param limit most active ones a user may have, 1–1000
   * @param length characters, 16–32
   * @param form how they are stored
   * @param expiresAfter empty: never
   * @param idleExpiresAfter empty: never
   * @param unusedExpiresAfter ends those that were never used at all; empty: never
   */
  public record AppPasswordRules(
      int limit,
      int length,
      StorageForm form,
      Optional<Duration> expiresAfter,
      Optional<Duration> idleExpiresAfter,
      Optional<Duration> unusedExpiresAfter) {

    public AppPasswordRules {
      if (limit < 1 || limit > 1000) {
        throw new IllegalArgumentException("the limit must be 1 to 1000, not " + limit);
      }
      if (length < AppPasswordShape.SHORTEST || length > AppPasswordShape.LONGEST) {
        throw new IllegalArgumentException("the length must be 16 to 32, not " + length);
      }
      Stream.of(expiresAfter, idleExpiresAfter, unusedExpiresAfter)
          .flatMap(Optional::stream)
          .filter(after -> !after.isPositive())
          .findAny()
          .ifPresent(_ -> {
            throw new IllegalArgumentException("an expiry must be longer than nothing");
          });
    }

    /** Of app passwords in keyed form. */
    public AppPasswordRules(
        int limit,
        int length,
        Optional<Duration> expiresAfter,
        Optional<Duration> idleExpiresAfter,
        Optional<Duration> unusedExpiresAfter) {
      this(limit, length, StorageForm.KEYED, expiresAfter, idleExpiresAfter, unusedExpiresAfter);
    }
  }

  /**
   * How long the audit keeps what it has.
   *
   * @param signIns login attempts, since the last of those that were folded into one
   * @param changes what administrators and owners changed
   * @param sessions sessions, since they ended
   */
  public record AuditRules(Duration signIns, Duration changes, Duration sessions) {
    /** Without a configuration: 30, 400 and 30 days. */
    public static final AuditRules DEFAULTS =
        new AuditRules(Duration.ofDays(30), Duration.ofDays(400), Duration.ofDays(30));

    public AuditRules {
      if (!signIns.isPositive() || !changes.isPositive() || !sessions.isPositive()) {
        throw new IllegalArgumentException("the audit must keep things for longer than nothing");
      }
    }
  }

  /**
   * The store's part of the guard; may change while the store is open.
   *
   * @param allow networks without limits per address, also within those that are denied
   * @param deny networks from which nobody comes in
   * @param policy a service of the site's own that is asked about logins
   * @param passThrough who may still use his own password at the upstream
   */
  public record GuardRules(
      ThrottleRules throttle,
      List<Cidr> allow,
      List<Cidr> deny,
      Optional<PolicyHook> policy,
      PassThrough passThrough) {
    /** Without a configuration. */
    public static final GuardRules DEFAULTS =
        new GuardRules(ThrottleRules.DEFAULT, List.of(), List.of(), Optional.empty());

    /** Of a site that takes app passwords alone. */
    public GuardRules(
        ThrottleRules throttle, List<Cidr> allow, List<Cidr> deny, Optional<PolicyHook> policy) {
      this(throttle, allow, deny, policy, PassThrough.NONE);
    }

    public GuardRules {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }
}
