package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.KeyedDigest;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.User;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Workspace;
import dev.postern.store.seal.AesGcmSecretBox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A store on SQLite with users of each class that a refusal may come from: their names and secrets
 * are equally long, and each has one app password in the form that is asked for.
 */
public final class ClassedUsers implements AutoCloseable {
  /** Users of each class: of a thousand connections hardly two try the same one at a time. */
  public static final int EACH = 160;

  private static final ThrottleRules UNSLOWED =
      new ThrottleRules(1_000_000, 1_000_000, Duration.ZERO, Duration.ZERO, 1_000_000);

  private final SqlStore store;

  /** Why an attempt is refused. */
  public enum Refused {
    UNKNOWN_USER,
    WRONG_SECRET,
    REVOKED,
    SUSPENDED,
    EXPIRED,
    WRONG_SCOPE,
    DISABLED
  }

  /** In which form the app passwords are stored. */
  public enum Form {
    KEYED,
    ARGON2ID,
    /** Salted SHA-512, the fastest of the imported ones. */
    IMPORTED
  }

  private ClassedUsers(SqlStore store) {
    this.store = store;
  }

  /** Makes the file and everything in it. */
  public static ClassedUsers open(Path file, Form form) {
    StoreConfig.Database where = new StoreConfig.Database.Sqlite(file);
    // The ring of keys is made while there are no users.
    open(where).close();
    try (Database database = Database.open(where, true)) {
      List<User> users = new ArrayList<>();
      List<Credential> credentials = new ArrayList<>();
      for (Refused refused : Refused.values()) {
        for (int i = 0; refused != Refused.UNKNOWN_USER && i < EACH; i++) {
          User user = user(refused, i);
          users.add(user);
          credentials.add(credential(user, refused, form, i));
        }
      }
      int _ =
          database.write(handle -> {
            CredentialFill.insert(
                handle, database.dialect(), BenchConfig.rowChecks(), users, credentials);
            return users.size();
          });
    }
    return new ClassedUsers(open(where));
  }

  /** What is measured are refusals, and not how many of them are too many. */
  private static SqlStore open(StoreConfig.Database where) {
    SqlStore store =
        SqlStore.open(
            BenchConfig.of(where),
            true,
            Clock.systemUTC(),
            Ticker.systemTicker(),
            new SecureRandom());
    store.throttle().follow(UNSLOWED);
    return store;
  }

  public SqlStore store() {
    return store;
  }

  /** Lets the next attempt of one of the users ask the database. */
  public void forgetRows(Refused refused, int user) {
    store.cache().forgetName(UserTable.name(name(refused, user)));
  }

  /**
   * Lets it also compute a slow hash again. Of that user alone: what others have begun would have
   * to begin again, too.
   */
  public void forgetUser(Refused refused, int user) {
    forgetRows(refused, user);
    store.cache().forgetUser(GeneratedUsers.id(number(refused, user)));
  }

  /** The login name of one of the users. */
  public static String name(Refused refused, int user) {
    return prefix(refused) + String.format(Locale.ROOT, "%03d@example.com", user);
  }

  /** How the names of a class begin. */
  public static String prefix(Refused refused) {
    return "class" + index(refused) + "user";
  }

  /**
   * What that user types: right but for the class of wrong secrets, which differ from user to user
   * as the right ones do. One for all of them would be read a little sooner.
   */
  public static String secret(Refused refused, int user) {
    try (Secret typed =
        GeneratedUsers.secret(number(refused, user), refused == Refused.WRONG_SECRET ? 1 : 0)) {
      return typed.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }
  }

  private static int number(Refused refused, int user) {
    return index(refused) * EACH + user;
  }

  private static int index(Refused refused) {
    return List.of(Refused.values()).indexOf(refused);
  }

  private static User user(Refused refused, int number) {
    User user =
        GeneratedUsers.user(GeneratedUsers.id(number(refused, number)), name(refused, number));
    return refused == Refused.DISABLED
        ? user.withDisabled(Optional.of(new User.Disabled(GeneratedUsers.MADE, "left the company")))
        : user;
  }

  private static Credential credential(User user, Refused refused, Form form, int number) {
    String id = "ap_" + user.id().substring(0, 16);
    Instant made = GeneratedUsers.MADE;
    AppPassword appPassword =
        new AppPassword(
            id,
            user.id(),
            user.name(),
            "Thunderbird on the laptop",
            refused == Refused.WRONG_SCOPE
                ? Set.of(Scope.SUBMISSION)
                : Set.of(Scope.IMAP, Scope.SUBMISSION),
            Optional.empty(),
            List.of(),
            refused == Refused.EXPIRED
                ? Optional.of(Instant.EPOCH.plusSeconds(1))
                : Optional.empty(),
            Optional.empty(),
            made,
            "admin",
            Optional.empty(),
            Optional.empty(),
            state(refused, made));
    try (Secret secret = GeneratedUsers.secret(number(refused, number), 0)) {
      return new Credential(
          appPassword,
          Optional.of(stored(form, id, user.id(), secret)),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          true);
    }
  }

  private static State state(Refused refused, Instant at) {
    return switch (refused) {
      case REVOKED -> new State.Revoked(at, "lost");
      case SUSPENDED -> new State.Suspended(at, "on leave");
      // As the sweep leaves it, which would change the rows in the middle of a run.
      case EXPIRED -> new State.Expired(at, State.Cause.DATE);
      case UNKNOWN_USER, WRONG_SECRET, WRONG_SCOPE, DISABLED -> new State.Active();
    };
  }

  private static StoredSecret stored(Form form, String id, String userId, Secret secret) {
    return switch (form) {
      case KEYED -> new KeyedDigest(List.of(BenchConfig.PEPPER)).store(userId, secret);
      case ARGON2ID ->
          new Hardening(List.of(BenchConfig.PEPPER), BenchConfig.PEPPER::id, new SecureRandom())
              .store(userId, secret, new Workspace());
      case IMPORTED -> {
        try (Secret hash = Secret.ofText(saltedSha512(secret))) {
          yield new StoredSecret.Imported(
              new AesGcmSecretBox(List.of(BenchConfig.SEALING), new SecureRandom())
                  .seal(hash, StoredSecret.Imported.place(id, userId))
                  .text());
        }
      }
    };
  }

  /** As Dovecot writes it. */
  private static String saltedSha512(Secret secret) {
    byte[] salt = "saltsalt".getBytes(StandardCharsets.US_ASCII);
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-512");
      int _ =
          secret.expose(bytes -> {
            sha.update(bytes);
            return bytes.length;
          });
      sha.update(salt);
      byte[] digest = sha.digest();
      byte[] both = Arrays.copyOf(digest, digest.length + salt.length);
      System.arraycopy(salt, 0, both, digest.length, salt.length);
      return "{SSHA512}" + Base64.getEncoder().encodeToString(both);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
