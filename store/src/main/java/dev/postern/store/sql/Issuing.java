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
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/**
 * Makes app passwords, one or thousands. A secret leaves here only after the transaction that keeps
 * its digest is durable: whatever happens to this process, a secret that somebody has been shown
 * works.
 *
 * <p>What is slow, an Argon2id for each secret where policy demands that form, is done before the
 * transaction begins, so that nobody waits for it; the transaction looks again whether it still
 * fits. {@link IssuingBatch} is that transaction. Safe for use by several threads.
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
      Map<String, IssuingBatch.Prepared> prepared = prepare(part, addMissing, actor);
      try {
        IssuingBatch batch =
            writes.run((handle, changes) ->
                batch(handle, changes, spec, prepared, actor).make(part, addMissing));
        batch.made().forEach(made -> committed.accept(made.issued()));
        if (batch.refusal().isPresent()) {
          throw batch.refusal().get();
        }
      } finally {
        prepared.values().forEach(one -> one.secret().secret().close());
      }
    }
  }

  private IssuingBatch batch(
      Handle handle,
      Consumer<Change> changes,
      NewAppPassword spec,
      Map<String, IssuingBatch.Prepared> prepared,
      Actor actor) {
    return new IssuingBatch(
        writes, users, names, table, policies, secrets, changeLog, handle, changes, spec, prepared,
        actor);
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
    return Made.of(
        user,
        policy.successor(old, now),
        secrets.make(user.id(), policy, new Workspace()),
        secrets.id(),
        Optional.of(old.id()),
        now,
        actor);
  }

  /** By name. Says nothing of what is wrong with anybody: the transaction will. */
  private Map<String, IssuingBatch.Prepared> prepare(
      List<String> typed, boolean addMissing, Actor actor) {
    List<LoginName> wanted =
        typed.stream().map(LoginName::parse).flatMap(Optional::stream).distinct().toList();
    Map<User, AppPasswordPolicy> slow = new HashMap<>();
    database.read(handle -> {
      List<User> mine = new ArrayList<>();
      Map<String, User> known = users.byNames(handle, wanted);
      for (LoginName name : wanted) {
        Optional.ofNullable(known.get(name.value()))
            .or(() ->
                addMissing
                    ? Optional.of(
                        users.fresh(name, Optional.empty(), Optional.empty(), writes.now(), actor))
                    : Optional.empty())
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
    Map<String, IssuingBatch.Prepared> prepared = new HashMap<>();
    slow.forEach((user, policy) ->
        prepared.put(
            user.name(),
            new IssuingBatch.Prepared(user, secrets.make(user.id(), policy, workspace))));
    return prepared;
  }

  private static Optional<AppPasswordPolicy> formOf(PolicyTable.Book book, User user) {
    try {
      return Optional.of(book.of(user));
    } catch (RefusedException _) {
      return Optional.empty();
    }
  }

  /** A row to insert, and what to hand out once it is durable. */
  record Made(Credential credential, IssuedAppPassword issued) {
    static Made of(
        User user,
        AppPasswordPolicy.Terms terms,
        SecretMaking.Made secret,
        String id,
        Optional<String> replaces,
        Instant now,
        Actor actor) {
      AppPassword appPassword =
          new AppPassword(
              id,
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
              Optional.empty(),
              new AppPassword.State.Active(),
              terms.lane(),
              1);
      return new Made(
          new Credential(
              appPassword,
              Optional.of(secret.stored()),
              terms.unusedExpiresAt(),
              Optional.empty(),
              replaces,
              true),
          new IssuedAppPassword(appPassword, secret.secret()));
    }
  }
}
