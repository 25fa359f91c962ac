package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.StorageForm;
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
 * Makes app passwords, one or thousands. A secret leaves here only after the transaction that keeps
 * its digest is durable: whatever happens to this process, a secret that somebody has been shown
 * works.
 *
 * <p>What is slow, an Argon2id for each secret where policy demands that form, is done before the
 * transaction begins, so that nobody waits for it; the transaction looks again whether it still
 * fits.
 */
final class Issuing {
  /** Users in one transaction: enough to make its sync cheap, few enough to hold no lock long. */
  private static final int BATCH = 250;

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final AppPasswordTable table;
  private final PolicyTable policies;
  private final SecretMaking secrets;
  private final ChangeLog changeLog;

  Issuing(
      Database database,
      Writes writes,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable table,
      PolicyTable policies,
      SecretMaking secrets,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.table = table;
    this.policies = policies;
    this.secrets = secrets;
    this.changeLog = changeLog;
  }

  IssuedAppPassword create(String user, NewAppPassword spec, Actor actor) {
    List<IssuedAppPassword> issued = new ArrayList<>();
    createForAll(List.of(user), spec, false, actor, issued::add);
    return issued.getFirst();
  }

  void createForAll(
      List<String> typed,
      NewAppPassword spec,
      boolean addMissing,
      Actor actor,
      Consumer<IssuedAppPassword> committed) {
    if (spec.loginName().isPresent() && typed.size() > 1) {
      throw new RefusedException(
          Code.INVALID,
          "one login name cannot belong to several app passwords",
          "Create that one by itself.");
    }
    for (int start = 0; start < typed.size(); start += BATCH) {
      List<String> part = typed.subList(start, Math.min(typed.size(), start + BATCH));
      Map<String, Prepared> prepared = prepare(part, addMissing, actor);
      try {
        Batch batch =
            writes.run((handle, changes) ->
                new Batch(handle, changes, spec, prepared, actor).make(part, addMissing));
        batch.made.forEach(made -> committed.accept(made.issued()));
        if (batch.refusal.isPresent()) {
          throw batch.refusal.get();
        }
      } finally {
        prepared.values().forEach(one -> one.secret().secret().close());
      }
    }
  }

  /** A new secret with the terms of an old one, not yet in the database. */
  Made successor(Handle handle, AppPassword old, Instant now, Actor actor) {
    User user =
        users
            .byId(handle, old.userId())
            .orElseThrow(() ->
                new RefusedException(
                    Code.STATE,
                    "the user of this app password was changed by somebody else than Postern",
                    "Find out who writes to the database."));
    AppPasswordPolicy policy = policies.inForce(handle, user);
    policy.requireCreation(user);
    return make(
        user,
        policy.successor(old, now),
        secrets.make(user.id(), policy, new Workspace()),
        Optional.of(old.id()),
        now,
        actor);
  }

  /**
   * A secret that took long to make, and whom it is for: perhaps somebody who is yet to be added.
   */
  private record Prepared(User user, SecretMaking.Made secret) {}

  /** By name. Says nothing of what is wrong with anybody: the transaction will. */
  private Map<String, Prepared> prepare(List<String> typed, boolean addMissing, Actor actor) {
    List<LoginName> wanted =
        typed.stream().map(LoginName::parse).flatMap(Optional::stream).distinct().toList();
    Map<User, AppPasswordPolicy> slow = new HashMap<>();
    database.read(handle -> {
      List<User> mine = new ArrayList<>();
      Map<String, User> known = users.byNames(handle, wanted);
      for (LoginName name : wanted) {
        Optional.ofNullable(known.get(name.value()))
            .or(() -> addMissing ? Optional.of(fresh(name, actor)) : Optional.empty())
            .ifPresent(mine::add);
      }
      PolicyTable.Book book = policies.book(handle, mine);
      for (User user : mine) {
        formOf(book, user)
            .filter(policy -> policy.form().value() == StorageForm.ARGON2ID)
            .ifPresent(policy -> slow.put(user, policy));
      }
      return slow;
    });
    Workspace workspace = new Workspace();
    Map<String, Prepared> prepared = new HashMap<>();
    slow.forEach((user, policy) ->
        prepared.put(user.name(), new Prepared(user, secrets.make(user.id(), policy, workspace))));
    return prepared;
  }

  private static Optional<AppPasswordPolicy> formOf(PolicyTable.Book book, User user) {
    try {
      return Optional.of(book.of(user));
    } catch (RefusedException _) {
      return Optional.empty();
    }
  }

  private User fresh(LoginName name, Actor actor) {
    return users.fresh(name, Optional.empty(), Optional.empty(), writes.now(), actor);
  }

  private Made make(
      User user,
      AppPasswordPolicy.Terms terms,
      SecretMaking.Made secret,
      Optional<String> replaces,
      Instant now,
      Actor actor) {
    AppPassword appPassword =
        new AppPassword(
            secrets.id(),
            user.id(),
            user.name(),
            terms.label(),
            terms.scopes(),
            terms.loginName().map(LoginName::value),
            terms.networks(),
            terms.expiresAt(),
            terms.idleExpiry(),
            now,
            actor.who(),
            Optional.empty(),
            new AppPassword.State.Active());
    return new Made(
        new Credential(
            appPassword,
            Optional.of(secret.stored()),
            terms.unusedExpiresAt(),
            Optional.empty(),
            replaces,
            true,
            1),
        new IssuedAppPassword(appPassword, secret.secret()));
  }

  /** A row to insert, and what to hand out once it is durable. */
  record Made(Credential credential, IssuedAppPassword issued) {}

  /** One transaction: as many of its users as can be served before the first that is refused. */
  private final class Batch {
    private final Handle handle;
    private final Consumer<Change> changes;
    private final NewAppPassword spec;
    private final Map<String, Prepared> prepared;
    private final Actor actor;
    private final Instant now = writes.now();
    private final Workspace workspace = new Workspace();
    private final List<Made> made = new ArrayList<>();
    private final List<User> added = new ArrayList<>();
    private Optional<RefusedException> refusal = Optional.empty();

    Batch(
        Handle handle,
        Consumer<Change> changes,
        NewAppPassword spec,
        Map<String, Prepared> prepared,
        Actor actor) {
      this.handle = handle;
      this.changes = changes;
      this.spec = spec;
      this.prepared = prepared;
      this.actor = actor;
    }

    Batch make(List<String> typed, boolean addMissing) {
      List<LoginName> wanted = parse(typed);
      Map<String, User> known =
          wanted.isEmpty() ? new HashMap<>() : users.lock(handle, Set.copyOf(wanted));
      Map<String, Integer> active =
          new HashMap<>(
              table.countActive(handle, known.values().stream().map(User::id).toList(), now));
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
          policy.requireRoom(user, active.merge(user.id(), 1, Integer::sum));
          made.add(
              Issuing.this.make(user, terms, secret(user, policy), Optional.empty(), now, actor));
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
          missing.put(name.value(), ready == null ? fresh(name, actor) : ready.user());
        }
      }
      return missing;
    }

    private void write() {
      users.insert(handle, added);
      names.claimAll(handle, added, changes);
      table.insert(handle, made.stream().map(Made::credential).toList());
      changeLog.write(
          handle,
          actor,
          now,
          Stream.concat(
                  added.stream()
                      .map(user ->
                          ChangeLog.Entry.of("add", Optional.empty(), Optional.of(user), "")),
                  made.stream()
                      .map(one ->
                          ChangeLog.Entry.ofPassword(
                              "create", Optional.empty(), one.credential().appPassword(), "")))
              .toList());
      for (Made one : made) {
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
}
