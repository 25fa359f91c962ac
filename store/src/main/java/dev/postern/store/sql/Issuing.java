package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordGenerator;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.KeyedDigest;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
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
 */
final class Issuing {
  /** Users in one transaction: enough to make its sync cheap, few enough to hold no lock long. */
  private static final int BATCH = 250;

  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final AppPasswordTable table;
  private final AppPasswordPolicy policy;
  private final AppPasswordGenerator generator;
  private final KeyedDigest digest;
  private final ChangeLog changeLog;

  Issuing(
      Writes writes,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable table,
      AppPasswordPolicy policy,
      AppPasswordGenerator generator,
      KeyedDigest digest,
      ChangeLog changeLog) {
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.table = table;
    this.policy = policy;
    this.generator = generator;
    this.digest = digest;
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
      Batch batch =
          writes.run(
              (handle, changes) -> new Batch(handle, changes, spec, actor).make(part, addMissing));
      batch.made.forEach(made -> committed.accept(made.issued()));
      if (batch.refusal.isPresent()) {
        throw batch.refusal.get();
      }
    }
  }

  /** A new secret with the terms of an old one, not yet in the database. */
  Made successor(AppPassword old, Instant now, Actor actor) {
    NewAppPassword spec =
        new NewAppPassword(
            old.label(),
            old.scopes(),
            old.expiresAt(),
            old.idleExpiry(),
            old.networks(),
            old.loginName());
    AppPasswordPolicy.Terms terms =
        new AppPasswordPolicy.Terms(
            old.label(),
            old.loginName().flatMap(LoginName::parse),
            old.expiresAt(),
            old.idleExpiry(),
            policy.unusedExpiry(now));
    return make(old.userId(), old.user(), spec, terms, Optional.of(old.id()), now, actor);
  }

  private Made make(
      String userId,
      String user,
      NewAppPassword spec,
      AppPasswordPolicy.Terms terms,
      Optional<String> replaces,
      Instant now,
      Actor actor) {
    Secret secret = generator.secret(policy.length());
    AppPassword appPassword =
        new AppPassword(
            generator.id(),
            userId,
            user,
            terms.label(),
            spec.scopes(),
            terms.loginName().map(LoginName::value),
            spec.networks(),
            terms.expiresAt(),
            terms.idleExpiry(),
            now,
            actor.who(),
            Optional.empty(),
            new AppPassword.State.Active());
    return new Made(
        new Credential(
            appPassword,
            Optional.of(digest.store(userId, secret)),
            terms.unusedExpiresAt(),
            Optional.empty(),
            replaces,
            true,
            1),
        new IssuedAppPassword(appPassword, secret));
  }

  /** A row to insert, and what to hand out once it is durable. */
  record Made(Credential credential, IssuedAppPassword issued) {}

  /** One transaction: as many of its users as can be served before the first that is refused. */
  private final class Batch {
    private final Handle handle;
    private final Consumer<Change> changes;
    private final NewAppPassword spec;
    private final Actor actor;
    private final Instant now = writes.now();
    private final List<Made> made = new ArrayList<>();
    private final List<User> added = new ArrayList<>();
    private Optional<RefusedException> refusal = Optional.empty();

    Batch(Handle handle, Consumer<Change> changes, NewAppPassword spec, Actor actor) {
      this.handle = handle;
      this.changes = changes;
      this.spec = spec;
      this.actor = actor;
    }

    Batch make(List<String> typed, boolean addMissing) {
      AppPasswordPolicy.Terms terms = policy.terms(spec, now);
      List<LoginName> wanted = parse(typed);
      Map<String, User> known =
          wanted.isEmpty() ? new HashMap<>() : users.lock(handle, Set.copyOf(wanted));
      Map<String, Integer> active =
          new HashMap<>(
              table.countActive(handle, known.values().stream().map(User::id).toList(), now));
      Set<String> taken = addMissing ? names.taken(handle, missing(wanted, known)) : Set.of();
      try {
        for (LoginName name : wanted) {
          User user = user(name, known, taken, addMissing);
          if (active.merge(user.id(), 1, Integer::sum) > policy.limit()) {
            throw new RefusedException(
                Code.LIMIT,
                user.name() + " has " + policy.limit() + " app passwords, as many as allowed",
                "Revoke one that is not needed any more.");
          }
          made.add(make(user.id(), user.name(), spec, terms, Optional.empty()));
        }
      } catch (RefusedException e) {
        refusal = Optional.of(e);
      }
      write(terms);
      return this;
    }

    private Made make(
        String userId,
        String user,
        NewAppPassword wanted,
        AppPasswordPolicy.Terms terms,
        Optional<String> replaces) {
      return Issuing.this.make(userId, user, wanted, terms, replaces, now, actor);
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

    private static List<LoginName> missing(List<LoginName> wanted, Map<String, User> known) {
      return wanted.stream().filter(name -> !known.containsKey(name.value())).distinct().toList();
    }

    private User user(
        LoginName name, Map<String, User> known, Set<String> taken, boolean addMissing) {
      User user = known.get(name.value());
      if (user == null) {
        if (!addMissing) {
          throw UserTable.unknown(name);
        }
        if (taken.contains(name.value())) {
          throw LoginNameTable.taken(name);
        }
        user = users.fresh(name, Optional.empty(), Optional.empty(), now, actor);
        added.add(user);
        known.put(name.value(), user);
      }
      return user;
    }

    private void write(AppPasswordPolicy.Terms terms) {
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
      made.stream()
          .map(one -> Change.ofUser(one.credential().appPassword().userId()))
          .forEach(changes);
      terms
          .loginName()
          .ifPresent(name ->
              made.stream()
                  .map(one -> one.credential().appPassword())
                  .forEach(one ->
                      names.claim(handle, name, one.userId(), Optional.of(one.id()), changes)));
    }
  }
}
