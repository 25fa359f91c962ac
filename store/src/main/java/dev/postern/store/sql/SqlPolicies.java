package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Policies;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyState;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.User;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;

/**
 * Keeps policies in the database. They are read when they are needed: nothing has to hear of it.
 */
public final class SqlPolicies implements Policies {
  private static final Pattern GROUP = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private static final Pattern DOMAIN =
      Pattern.compile("[\\p{L}\\p{N}]([\\p{L}\\p{M}\\p{N}._-]*[\\p{L}\\p{M}\\p{N}])?");

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final PolicyTable table;
  private final ChangeLog changeLog;

  SqlPolicies(
      Database database, Writes writes, UserTable users, PolicyTable table, ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.table = table;
    this.changeLog = changeLog;
  }

  /**
   * The name of a group as somebody typed it.
   *
   * @throws RefusedException {@code INVALID} if it cannot be one
   */
  static String group(String typed) {
    String name = typed.strip().toLowerCase(Locale.ROOT);
    if (!GROUP.matcher(name).matches()) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "that cannot be the name of a group",
          "Use 1 to 64 letters, digits, dots, hyphens and underscores.");
    }
    return name;
  }

  /**
   * A domain as it stands in login names.
   *
   * @throws RefusedException {@code INVALID} if it cannot be one
   */
  static String domain(String typed) {
    return Optional.of(typed.strip())
        .filter(text -> text.indexOf('@') < 0)
        .flatMap(text -> LoginName.parse("x@" + text))
        .filter(LoginName::fitsUser)
        .map(name -> name.value().substring(2))
        .filter(domain -> DOMAIN.matcher(domain).matches())
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.INVALID,
                "that cannot be a domain",
                "Write what stands behind the @, such as example.com."));
  }

  @Override
  public AppPasswordPolicy inForce(PolicySubject subject) {
    return database.read(handle ->
        switch (subject) {
          case PolicySubject.OfUser(String name) -> table.inForce(handle, user(handle, name));
          case PolicySubject.OfGroup _, PolicySubject.OfDomain _ -> {
            List<PolicyTarget> targets =
                List.of(target(handle, subject), target(handle, new PolicySubject.OfSite()));
            yield table.inForce(handle, targets);
          }
          case PolicySubject.OfSite _ -> table.inForce(handle, List.of(target(handle, subject)));
        });
  }

  @Override
  public PolicyRules of(PolicySubject subject) {
    return database.read(handle -> table.of(handle, target(handle, subject)));
  }

  @Override
  public PolicyState read(PolicySubject subject) {
    return database.read(handle -> table.state(handle, target(handle, subject)));
  }

  @Override
  public PolicyState replace(
      PolicySubject subject, PolicyRules rules, OptionalLong expected, Actor actor) {
    return writes.run((handle, _) -> {
      PolicyTarget target = target(handle, subject);
      PolicyTable.Written written = table.replace(handle, target, rules, expected);
      String verb = rules.equals(PolicyRules.NONE) ? "clear" : "set";
      return new PolicyState(recorded(handle, actor, verb, target, written), written.version());
    });
  }

  @Override
  public PolicyRules set(PolicySubject subject, PolicyRules rules, Actor actor) {
    return writes.run((handle, _) -> {
      PolicyTarget target = target(handle, subject);
      return recorded(handle, actor, "set", target, table.put(handle, target, rules));
    });
  }

  @Override
  public void clear(PolicySubject subject, Actor actor) {
    PolicyRules _ =
        writes.run((handle, _) -> {
          PolicyTarget target = target(handle, subject);
          return recorded(handle, actor, "clear", target, table.clear(handle, target));
        });
  }

  @Override
  public PolicyRules clear(PolicySubject subject, Set<PolicyRules.Name> rules, Actor actor) {
    return writes.run((handle, _) -> {
      PolicyTarget target = target(handle, subject);
      return recorded(handle, actor, "clear", target, table.clear(handle, target, rules));
    });
  }

  private PolicyRules recorded(
      Handle handle, Actor actor, String verb, PolicyTarget target, PolicyTable.Written written) {
    if (written.isChange()) {
      record(handle, actor, verb, target, written);
    }
    return written.after();
  }

  private void record(
      Handle handle, Actor actor, String verb, PolicyTarget target, PolicyTable.Written written) {
    boolean isUser = target.subject() instanceof PolicySubject.OfUser;
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            "policy." + verb,
            new Subject(
                "policy",
                target.row(),
                Optional.of(target.subject().words()),
                isUser ? Optional.of(target.key()) : Optional.empty()),
            written.before().flatMap(SqlPolicies::snapshot),
            snapshot(written.after()),
            Optional.empty()));
  }

  /** A policy that says nothing is none. */
  private static Optional<String> snapshot(PolicyRules rules) {
    return Optional.of(PolicyText.print(rules))
        .filter(text -> !text.isEmpty())
        .map(text -> Snapshot.start().text("rules", text).end());
  }

  private PolicyTarget target(Handle handle, PolicySubject subject) {
    return switch (subject) {
      case PolicySubject.OfUser(String name) -> PolicyTarget.ofUser(user(handle, name)).getFirst();
      case PolicySubject.OfGroup(String name) ->
          PolicyTarget.wide(new PolicySubject.OfGroup(group(name)));
      case PolicySubject.OfDomain(String domain) ->
          PolicyTarget.wide(new PolicySubject.OfDomain(domain(domain)));
      case PolicySubject.OfSite site -> PolicyTarget.wide(site);
    };
  }

  private User user(Handle handle, String typed) {
    LoginName name = UserTable.name(typed);
    return users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name));
  }
}
