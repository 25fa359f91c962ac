package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.User;
import dev.postern.store.hash.SlowHash;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.imports.Imports.Verdict;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/** What one transaction of an import will write, and what becomes of each of its secrets. */
final class ImportPlan {
  private static final int ID_LENGTH = 16;
  private static final String BY_IMPORT = "imported";

  private final Map<String, User> known;
  private final Set<String> taken;
  private final Map<String, AppPasswordRow> rows;
  private final Set<String> existing;
  private final Map<String, Integer> active;
  private final FreshUser freshUser;
  private final IntPredicate fits;
  private final SecretBox secretBox;
  private final Instant now;
  private final Actor actor;

  private final List<Verdict> verdicts = new ArrayList<>();
  private final List<User> newUsers = new ArrayList<>();
  private final Map<String, Credential> newCredentials = new HashMap<>();
  private final Map<String, AppPasswordRow> changedRows = new HashMap<>();
  private final Set<String> decided = new HashSet<>();
  private final Set<String> changedUsers = new LinkedHashSet<>();

  /** Makes a user who is not in the database yet. */
  interface FreshUser {
    User of(LoginName name, Instant now);
  }

  /**
   * @param known users that exist, by name
   * @param taken names of users to be that belong to an alias or an app password
   * @param rows genuine rows that are there already, by id
   * @param existing ids of all rows that are there already
   * @param active how many app passwords each user has, by id
   * @param fits whether there is memory for a hash that takes so many KiB
   */
  ImportPlan(
      Map<String, User> known,
      Set<String> taken,
      Map<String, AppPasswordRow> rows,
      Set<String> existing,
      Map<String, Integer> active,
      FreshUser freshUser,
      IntPredicate fits,
      SecretBox secretBox,
      Instant now,
      Actor actor) {
    this.known = new HashMap<>(known);
    this.taken = taken;
    this.rows = rows;
    this.existing = existing;
    this.active = new HashMap<>(active);
    this.freshUser = freshUser;
    this.fits = fits;
    this.secretBox = secretBox;
    this.now = now;
    this.actor = actor;
  }

  /**
   * Decides about the next secret.
   *
   * @param name whose; empty if it cannot be the name of a user
   */
  void add(ForeignSecret secret, Optional<LoginName> name) {
    verdicts.add(
        switch (SlowHash.parse(secret.hash())) {
          case SlowHash.Parsed.Refused(SlowHash.Refusal why) -> new Verdict.Refused(why.word());
          case SlowHash.Parsed.Known(SlowHash hash) when !fits.test(hash.memory()) ->
              new Verdict.Refused(SlowHash.Refusal.TOO_BIG_HERE.word());
          case SlowHash.Parsed.Known _ ->
              name.isEmpty()
                  ? new Verdict.Refused("cannot be the name of a user")
                  : hasTimes(secret)
                      ? decide(secret, name.get())
                      : new Verdict.Refused("has a time that makes no sense");
        });
  }

  /** Whether it ends at times that there are. */
  private boolean hasTimes(ForeignSecret secret) {
    Instant latest = now.plus(AppPasswordPolicy.LONGEST);
    return secret.expiresAt().stream()
            .allMatch(at -> !at.isBefore(Instant.EPOCH) && !at.isAfter(latest))
        && secret.idleExpiry().stream()
            .allMatch(time -> time.compareTo(AppPasswordPolicy.LONGEST) <= 0);
  }

  List<Verdict> verdicts() {
    return verdicts;
  }

  List<User> newUsers() {
    return newUsers;
  }

  List<Credential> newCredentials() {
    return List.copyOf(newCredentials.values());
  }

  List<AppPasswordRow> changedRows() {
    return List.copyOf(changedRows.values());
  }

  /** For the record of changes. */
  List<ChangeLog.Entry> entries() {
    List<ChangeLog.Entry> entries = new ArrayList<>();
    for (User user : newUsers) {
      entries.add(ChangeLog.Entry.of("add", Optional.empty(), Optional.of(user), BY_IMPORT));
    }
    for (Credential credential : newCredentials.values()) {
      entries.add(
          ChangeLog.Entry.ofPassword(
              "import", Optional.empty(), credential.appPassword(), BY_IMPORT));
    }
    for (AppPasswordRow row : changedRows.values()) {
      entries.add(
          ChangeLog.Entry.ofPassword(
              "replace-hash", Optional.of(row.appPassword()), row.appPassword(), BY_IMPORT));
    }
    return entries;
  }

  /** Ids of users who get something. */
  Set<String> changedUsers() {
    return changedUsers;
  }

  private Verdict decide(ForeignSecret secret, LoginName name) {
    if (!decided.add(secret.origin())) {
      return new Verdict.Refused("stands here for the second time");
    }
    User user = known.get(name.value());
    String found = user == null ? "" : id(secret.origin(), user.id());
    if (existing.contains(found)) {
      AppPasswordRow row = rows.get(found);
      return row == null
          ? new Verdict.Refused("its row was changed by somebody else than Postern")
          : again(secret, row);
    }
    if (user == null && taken.contains(name.value())) {
      return new Verdict.Refused("the name is taken by an alias or an app password");
    }
    if (user != null && user.isProtected()) {
      return new Verdict.Refused("the user is protected");
    }
    if (user != null && active.getOrDefault(user.id(), 0) >= Imports.MOST_PER_USER) {
      return new Verdict.Refused(
          "the user has " + Imports.MOST_PER_USER + " app passwords, as many as may be imported");
    }
    if (user == null) {
      user = freshUser.of(name, now);
      newUsers.add(user);
      known.put(name.value(), user);
    }
    active.merge(user.id(), 1, Integer::sum);
    String id = id(secret.origin(), user.id());
    newCredentials.put(id, credential(secret, user, id));
    changedUsers.add(user.id());
    return new Verdict.Added(id);
  }

  /** It was imported before. */
  private Verdict again(ForeignSecret secret, AppPasswordRow row) {
    AppPassword appPassword = row.appPassword();
    if (!(row.credential().stored().orElse(null) instanceof Imported imported)
        || isSame(imported, appPassword, secret.hash())) {
      return new Verdict.Unchanged(row.id());
    }
    return switch (appPassword.state()) {
      case State.Revoked _, State.Expired _ -> new Verdict.Unchanged(row.id());
      case State.Active _, State.Suspended _ -> {
        changedRows.put(
            row.id(), row.withSecret(sealed(secret.hash(), row.id(), appPassword.userId())));
        changedUsers.add(appPassword.userId());
        yield new Verdict.Replaced(row.id());
      }
    };
  }

  private boolean isSame(Imported imported, AppPassword appPassword, Secret hash) {
    try (Secret held = secretBox.open(imported.sealed(appPassword.id(), appPassword.userId()))) {
      return held.matches(hash);
    } catch (SealBrokenException _) {
      return false;
    }
  }

  private Credential credential(ForeignSecret secret, User user, String id) {
    return new Credential(
        new AppPassword(
            id,
            user.id(),
            user.name(),
            secret.label(),
            secret.scopes(),
            Optional.empty(),
            secret.networks(),
            secret.expiresAt(),
            secret.idleExpiry(),
            now,
            actor.who(),
            Optional.empty(),
            Optional.empty(),
            new State.Active()),
        Optional.of(sealed(secret.hash(), id, user.id())),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        secret.isMachineMade());
  }

  /**
   * The public id of what comes from there and is that user's. A user who was removed and comes
   * again is another one, and so are the app passwords: versions of the old rows do not count.
   */
  static String id(String origin, String userId) {
    byte[] digest;
    try {
      digest =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  ("postern import\n" + userId + "\n" + origin).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
    StringBuilder id = new StringBuilder("ap_");
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(AppPasswordShape.ALPHABET.charAt(digest[i] & 31));
    }
    return id.toString();
  }

  private StoredSecret sealed(Secret hash, String id, String userId) {
    return new Imported(secretBox.seal(hash, Imported.place(id, userId)).text());
  }
}
