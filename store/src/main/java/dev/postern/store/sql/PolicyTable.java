package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyState;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * Statements on {@code policies}. A row is never deleted while its subject is there: one that says
 * nothing keeps counting its versions, so that a process that saw it notices an old one put back. A
 * command is a process of its own and has seen none.
 */
final class PolicyTable {
  static final String TABLE = "policies";
  private static final String SELECT =
      "SELECT kind, subject, rules, version, signature FROM policies ";

  /** No list in a statement may be empty; nobody but the site has this key. */
  private static final String NOBODY = "";

  /** Versions that a repair skips, so that it is newer than what anybody has seen. */
  private static final long REPAIR = 1 << 16;

  /** The version of a policy that never was. */
  private static final long NEVER = 0;

  private static final long FIRST = 1;
  private static final OptionalLong ANY = OptionalLong.empty();

  private final RowChecks checks;
  private final Dialect dialect;
  private final Supplier<AppPasswordRules> base;

  /**
   * @param base what holds where no policy says anything, asked each time
   */
  PolicyTable(RowChecks checks, Dialect dialect, Supplier<AppPasswordRules> base) {
    this.checks = checks;
    this.dialect = dialect;
    this.base = base;
  }

  /** What the table holds for a subject. */
  private sealed interface Found {
    record Rules(PolicyRules rules, long version) implements Found {}

    /** Not what Postern wrote. */
    record Altered(long version) implements Found {}
  }

  /** What is in force, from committed rows. */
  AppPasswordPolicy inForce(Handle handle, List<PolicyTarget> targets) {
    return inForce(read(handle, targets), targets);
  }

  AppPasswordPolicy inForce(Handle handle, User user) {
    return inForce(handle, PolicyTarget.ofUser(user));
  }

  /** All policies that are for any of these users, to be asked for each. */
  Book book(Handle handle, Collection<User> users) {
    Set<PolicyTarget> targets = new HashSet<>();
    users.forEach(user -> targets.addAll(PolicyTarget.ofUser(user)));
    Map<String, Found> rows = read(handle, targets);
    return user -> inForce(rows, PolicyTarget.ofUser(user));
  }

  /** Policies of many users. */
  interface Book {
    /**
     * What is in force for one of them.
     *
     * @throws RefusedException {@code STATE} if that cannot be told
     */
    AppPasswordPolicy of(User user);
  }

  /** What the policy of one subject says. */
  PolicyRules of(Handle handle, PolicyTarget target) {
    return state(handle, target).rules();
  }

  /** The same, with its version. */
  PolicyState state(Handle handle, PolicyTarget target) {
    return genuine(read(handle, List.of(target)), target)
        .orElse(new PolicyState(PolicyRules.NONE, NEVER));
  }

  /**
   * What became of a policy.
   *
   * @param before empty if it was altered
   * @param version of what it is now
   */
  record Written(Optional<PolicyRules> before, PolicyRules after, long version) {
    boolean isChange() {
      return before.filter(after::equals).isEmpty();
    }
  }

  /** Writes what {@code rules} says over what is there; over one that was altered, alone. */
  Written put(Handle handle, PolicyTarget target, PolicyRules rules) {
    return write(handle, target, ANY, rules::over, () -> rules);
  }

  /**
   * Makes a policy say this alone.
   *
   * @throws RefusedException {@code STALE} if another version is expected, {@code STATE} if one is
   *     and it was altered
   */
  Written replace(Handle handle, PolicyTarget target, PolicyRules rules, OptionalLong expected) {
    return write(
        handle,
        target,
        expected,
        _ -> rules,
        () -> {
          if (expected.isPresent()) {
            throw altered(target.subject());
          }
          return rules;
        });
  }

  /** Makes a policy say nothing. */
  Written clear(Handle handle, PolicyTarget target) {
    return write(handle, target, ANY, _ -> PolicyRules.NONE, () -> PolicyRules.NONE);
  }

  /**
   * Takes rules out of a policy.
   *
   * @throws RefusedException {@code STATE} if it was altered
   */
  Written clear(Handle handle, PolicyTarget target, Set<PolicyRules.Name> dropped) {
    return write(
        handle,
        target,
        ANY,
        old -> old.without(dropped),
        () -> {
          throw altered(target.subject());
        });
  }

  private Written write(
      Handle handle,
      PolicyTarget target,
      OptionalLong expected,
      UnaryOperator<PolicyRules> edit,
      Supplier<PolicyRules> anew) {
    return switch (locked(handle, target)) {
      case null -> {
        Versions.require(expected, NEVER, "policy");
        PolicyRules rules = edit.apply(PolicyRules.NONE);
        boolean isFirst = !rules.equals(PolicyRules.NONE);
        if (isFirst) {
          insert(handle, target, rules);
        }
        yield new Written(Optional.of(PolicyRules.NONE), rules, isFirst ? FIRST : NEVER);
      }
      case Found.Rules(PolicyRules old, long version) -> {
        Versions.require(expected, version, "policy");
        PolicyRules rules = edit.apply(old);
        boolean isSame = rules.equals(old);
        if (!isSame) {
          update(handle, target, rules, version, version + 1);
        }
        yield new Written(Optional.of(old), rules, isSame ? version : version + 1);
      }
      case Found.Altered(long version) -> {
        PolicyRules rules = anew.get();
        update(handle, target, rules, version, repaired(version));
        yield new Written(Optional.empty(), rules, repaired(version));
      }
    };
  }

  /** For signing anew. */
  SignedTable signed() {
    return new SignedTable(
        TABLE,
        TABLE,
        List.of("kind", "subject"),
        SELECT,
        (row, _) -> {
          RowFacts facts =
              facts(
                  row.getString("kind"),
                  row.getString("subject"),
                  row.getString("rules"),
                  row.getLong("version"));
          String name = row.getString("kind") + "/" + row.getString("subject");
          return checks.isGenuine(
                  TABLE, name, row.getLong("version"), facts, row.getString("signature"))
              ? Optional.of(facts)
              : Optional.empty();
        });
  }

  /** The user is being removed. */
  void forgetUser(Handle handle, String userId) {
    handle
        .createUpdate("DELETE FROM policies WHERE kind = 'user' AND subject = :user")
        .bind("user", userId)
        .execute();
  }

  /** Somebody may have lowered it, or raised it to where counting ends. */
  private static long repaired(long version) {
    return Math.clamp(version, 0, 1L << 40) + REPAIR;
  }

  private AppPasswordPolicy inForce(Map<String, Found> rows, List<PolicyTarget> targets) {
    List<AppPasswordPolicy.Source> sources = new ArrayList<>();
    for (PolicyTarget target : targets) {
      genuine(rows, target)
          .map(state -> new AppPasswordPolicy.Source(target.subject(), state.rules()))
          .ifPresent(sources::add);
    }
    return AppPasswordPolicy.resolve(base.get(), sources);
  }

  private static Optional<PolicyState> genuine(Map<String, Found> rows, PolicyTarget target) {
    return switch (rows.get(target.row())) {
      case null -> Optional.empty();
      case Found.Rules(PolicyRules rules, long version) ->
          Optional.of(new PolicyState(rules, version));
      case Found.Altered _ -> throw altered(target.subject());
    };
  }

  private static RefusedException altered(PolicySubject subject) {
    String option =
        subject instanceof PolicySubject.OfSite
            ? ""
            : " --" + subject.kind() + " " + subject.name();
    return new RefusedException(
        RefusedException.Code.STATE,
        "the policy of the "
            + subject.words()
            + " was changed by somebody else than Postern: nothing is made under it",
        "Find out who writes to the database, then set it anew: postern policy set"
            + option
            + " …, or drop it: postern policy clear"
            + option
            + ".");
  }

  private Map<String, Found> read(Handle handle, Collection<PolicyTarget> targets) {
    Map<String, List<String>> keys = new HashMap<>();
    for (String kind : List.of("user", "group", "domain", "site")) {
      keys.put(kind, new ArrayList<>(List.of(NOBODY)));
    }
    for (PolicyTarget target : targets) {
      keys.computeIfPresent(
          target.subject().kind(),
          (_, list) -> {
            list.add(target.key());
            return list;
          });
    }
    Map<String, Found> found = new HashMap<>();
    handle
        .createQuery(
            SELECT
                + """
                WHERE (kind = 'user' AND subject IN (<users>))
                    OR (kind = 'group' AND subject IN (<groups>))
                    OR (kind = 'domain' AND subject IN (<domains>))
                    OR (kind = 'site' AND subject IN (<sites>))
                """)
        .bindList("users", keys.get("user"))
        .bindList("groups", keys.get("group"))
        .bindList("domains", keys.get("domain"))
        .bindList("sites", keys.get("site"))
        .map(this::map)
        .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
    found.forEach((row, policy) -> {
      if (policy instanceof Found.Rules(PolicyRules _, long version)) {
        checks.committed(TABLE, row, version);
      }
    });
    return found;
  }

  private @Nullable Found locked(Handle handle, PolicyTarget target) {
    return handle
        .createQuery(SELECT + "WHERE kind = :kind AND subject = :subject" + dialect.rowLock())
        .bind("kind", target.subject().kind())
        .bind("subject", target.key())
        .map(this::map)
        .findOne()
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private Map.Entry<String, Found> map(ResultSet row, StatementContext context)
      throws SQLException {
    String kind = row.getString("kind");
    String subject = row.getString("subject");
    String text = row.getString("rules");
    long version = row.getLong("version");
    String name = kind + "/" + subject;
    if (!checks.isGenuine(
        TABLE, name, version, facts(kind, subject, text, version), row.getString("signature"))) {
      return Map.entry(name, new Found.Altered(version));
    }
    try {
      return Map.entry(name, new Found.Rules(PolicyText.parse(text), version));
    } catch (RefusedException | IllegalArgumentException | NoSuchElementException _) {
      checks.malformed(TABLE, name);
      return Map.entry(name, new Found.Altered(version));
    }
  }

  private void insert(Handle handle, PolicyTarget target, PolicyRules rules) {
    String text = PolicyText.print(rules);
    handle
        .createUpdate(
            "INSERT INTO policies (kind, subject, rules, version, signature)"
                + " VALUES (:kind, :subject, :rules, :version, :signature)")
        .bind("kind", target.subject().kind())
        .bind("subject", target.key())
        .bind("rules", text)
        .bind("version", FIRST)
        .bind("signature", checks.sign(facts(target.subject().kind(), target.key(), text, FIRST)))
        .execute();
  }

  private void update(
      Handle handle, PolicyTarget target, PolicyRules rules, long old, long version) {
    String text = PolicyText.print(rules);
    int changed =
        handle
            .createUpdate(
                "UPDATE policies SET rules = :rules, version = :version, signature = :signature"
                    + " WHERE kind = :kind AND subject = :subject AND version = :old")
            .bind("kind", target.subject().kind())
            .bind("subject", target.key())
            .bind("rules", text)
            .bind("old", old)
            .bind("version", version)
            .bind(
                "signature",
                checks.sign(facts(target.subject().kind(), target.key(), text, version)))
            .execute();
    if (changed == 0) {
      throw new RefusedException(
          RefusedException.Code.CONFLICT,
          "somebody else changed the same policy at the same time",
          "Look at it again and repeat the command if it is still needed.");
    }
  }

  private static RowFacts facts(String kind, String subject, String rules, long version) {
    return RowFacts.of(TABLE).text(kind).text(subject).text(rules).number(version);
  }
}
