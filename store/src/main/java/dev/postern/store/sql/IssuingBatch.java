package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.User;
import dev.postern.store.hash.Workspace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * One transaction of {@link Issuing}: app passwords for as many of its users as can be served
 * before the first that is refused. For the thread of that transaction, and for once.
 */
final class IssuingBatch {
  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final AppPasswordTable table;
  private final PolicyTable policies;
  private final SecretMaking secrets;
  private final ChangeLog changeLog;
  private final Handle handle;
  private final Consumer<Change> changes;
  private final NewAppPassword spec;
  private final Map<String, Prepared> prepared;
  private final Actor actor;
  private final Instant now;
  private final Workspace workspace = new Workspace();
  private final List<Issuing.Made> made = new ArrayList<>();
  private final List<User> added = new ArrayList<>();
  private Optional<RefusedException> refusal = Optional.empty();

  /**
   * @param prepared by name; those that are used are taken out
   */
  IssuingBatch(
      Writes writes,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable table,
      PolicyTable policies,
      SecretMaking secrets,
      ChangeLog changeLog,
      Handle handle,
      Consumer<Change> changes,
      NewAppPassword spec,
      Map<String, Prepared> prepared,
      Actor actor) {
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.table = table;
    this.policies = policies;
    this.secrets = secrets;
    this.changeLog = changeLog;
    this.handle = handle;
    this.changes = changes;
    this.spec = spec;
    this.prepared = prepared;
    this.actor = actor;
    this.now = writes.now();
  }

  /**
   * A secret that took long to make, and whom it is for: perhaps somebody who is yet to be added.
   */
  record Prepared(User user, SecretMaking.Made secret) {}

  /** To be handed out once the transaction is durable. */
  List<Issuing.Made> made() {
    return made;
  }

  /** Why there are no more. */
  Optional<RefusedException> refusal() {
    return refusal;
  }

  /** Makes and writes them. */
  IssuingBatch make(List<String> typed, boolean addMissing) {
    List<LoginName> wanted = parse(typed);
    Map<String, User> known =
        wanted.isEmpty() ? new HashMap<>() : users.lock(handle, Set.copyOf(wanted));
    List<String> ids = known.values().stream().map(User::id).toList();
    Map<String, List<String>> labels = table.labels(handle, ids, now);
    Map<String, User> missing = addMissing ? missing(wanted, known) : Map.of();
    Set<String> taken = names.taken(handle, missing.keySet());
    List<User> all = new ArrayList<>(known.values());
    all.addAll(missing.values());
    PolicyTable.Book book = policies.book(handle, all);
    try {
      for (LoginName name : wanted) {
        User user =
            Optional.ofNullable(known.get(name.value()))
                .or(() -> Optional.ofNullable(missing.get(name.value())))
                .orElseThrow(() -> UserTable.unknown(name));
        boolean isNew = !known.containsKey(name.value());
        if (isNew && taken.contains(name.value())) {
          throw LoginNameTable.taken(name);
        }
        AppPasswordPolicy policy = book.of(user);
        policy.requireCreation(user);
        AppPasswordPolicy.Terms terms = policy.terms(spec, now);
        List<String> used = labels.computeIfAbsent(user.id(), _ -> new ArrayList<>());
        policy.requireRoom(user, used.size() + 1);
        if (used.contains(terms.label())) {
          throw AppPasswordTable.labelTaken(user.name());
        }
        used.add(terms.label());
        made.add(
            Issuing.Made.of(
                user, terms, secret(user, policy), secrets.id(), Optional.empty(), now, actor));
        if (isNew) {
          added.add(user);
          known.put(user.name(), user);
        }
      }
    } catch (RefusedException e) {
      refusal = Optional.of(e);
    }
    write();
    return this;
  }

  /** The one that was made before, if it is still what is wanted, and only once. */
  private SecretMaking.Made secret(User user, AppPasswordPolicy policy) {
    Prepared ready = prepared.get(user.name());
    if (ready != null && ready.secret().fits(user.id(), policy)) {
      prepared.remove(user.name());
      return ready.secret();
    }
    return secrets.make(user.id(), policy, workspace);
  }

  /** Names up to the first that cannot be one. */
  private List<LoginName> parse(List<String> typed) {
    List<LoginName> parsed = new ArrayList<>();
    try {
      for (String name : typed) {
        parsed.add(UserTable.name(name));
      }
    } catch (RefusedException e) {
      refusal = Optional.of(e);
    }
    return parsed;
  }

  /** Users to add, by name. */
  private Map<String, User> missing(List<LoginName> wanted, Map<String, User> known) {
    Map<String, User> missing = new HashMap<>();
    for (LoginName name : wanted) {
      if (!known.containsKey(name.value())) {
        Prepared ready = prepared.get(name.value());
        missing.put(name.value(), ready == null ? fresh(name) : ready.user());
      }
    }
    return missing;
  }

  private User fresh(LoginName name) {
    return users.fresh(name, Optional.empty(), Optional.empty(), writes.now(), actor);
  }

  private void write() {
    users.insert(handle, added);
    names.claimAll(handle, added, changes);
    table.insert(handle, made.stream().map(Issuing.Made::credential).toList());
    changeLog.write(
        handle,
        actor,
        now,
        Stream.concat(
                added.stream()
                    .map(
                        user -> ChangeLog.Entry.of("add", Optional.empty(), Optional.of(user), "")),
                made.stream()
                    .map(one ->
                        ChangeLog.Entry.ofPassword(
                            "create", Optional.empty(), one.credential().appPassword(), "")))
            .toList());
    for (Issuing.Made one : made) {
      AppPassword appPassword = one.credential().appPassword();
      changes.accept(Change.ofUser(appPassword.userId()));
      appPassword
          .loginName()
          .flatMap(LoginName::parse)
          .ifPresent(name ->
              names.claim(
                  handle, name, appPassword.userId(), Optional.of(appPassword.id()), changes));
    }
  }
}
