package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.PersonalData;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** Removes users together with what the audit knows of them, in one transaction. */
final class Erasure implements PersonalData {
  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final PolicyTable policies;
  private final AppPasswordLocks locks;
  private final NameDigest digest;
  private final ChangeLog changeLog;

  Erasure(
      Writes writes,
      UserTable users,
      LoginNameTable names,
      PolicyTable policies,
      AppPasswordLocks locks,
      NameDigest digest,
      ChangeLog changeLog) {
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.policies = policies;
    this.locks = locks;
    this.digest = digest;
    this.changeLog = changeLog;
  }

  @Override
  public String erase(String typed, Actor actor) {
    LoginName name = UserTable.name(typed);
    return writes.run((handle, changes) -> {
      User user = users.lock(handle, name);
      locks.all(handle, user.id());
      String pseudonym = digest.pseudonym(user.id());
      List<String> digests = digests(handle, user);
      names.announceAll(handle, user.id(), changes);
      changes.accept(Change.ofUser(user.id()));
      policies.forgetUser(handle, user.id());
      SessionTable.forgetUser(handle, writes.dialect(), user.id());
      handle.createUpdate("DELETE FROM users WHERE id = :id").bind("id", user.id()).execute();
      // Whoever was writing of the user has done so now.
      WebhookTable.forgetUser(handle, user.id());
      signIns(handle, user, digests, pseudonym);
      changesOf(handle, user, pseudonym);
      EndedSessionTable.forgetUser(handle, user.id(), pseudonym);
      changeLog.write(
          handle,
          actor.who().equals(user.name())
              ? new Actor(pseudonym, actor.role(), actor.channel(), Optional.empty(), actor.once())
              : actor,
          writes.now(),
          new ChangeLog.Entry(
              "user.erase",
              new Subject("user", pseudonym, Optional.empty(), Optional.of(pseudonym)),
              Optional.empty(),
              Optional.empty(),
              Optional.empty()));
      return pseudonym;
    });
  }

  /** Under which attempts may stand that were made before the user was there. */
  private List<String> digests(Handle handle, User user) {
    List<String> own =
        handle
            .createQuery("SELECT name FROM login_names WHERE user_id = :id")
            .bind("id", user.id())
            .mapTo(String.class)
            .list();
    return Stream.concat(own.stream(), Stream.of(user.name()))
        .flatMap(name -> LoginName.parse(name).stream())
        .flatMap(name -> digest.underAnyKey(name).stream())
        .distinct()
        .toList();
  }

  private static void signIns(Handle handle, User user, List<String> digests, String pseudonym) {
    handle
        .createUpdate(
            """
            UPDATE sign_ins
            SET user_id = :pseudonym, name_digest = NULL, domain = NULL, credential_id = NULL,
                peer = NULL, client = '', number = NULL
            WHERE user_id = :id OR (user_id IS NULL AND name_digest IN (<digests>))
            """)
        .bind("pseudonym", pseudonym)
        .bind("id", user.id())
        .bindList("digests", digests)
        .execute();
  }

  private static void changesOf(Handle handle, User user, String pseudonym) {
    handle
        .createUpdate(
            """
            UPDATE admin_changes
            SET subject_id = :pseudonym, subject_name = NULL, user_id = :pseudonym, before = NULL,
                after = NULL, reason = NULL, number = NULL
            WHERE user_id = :id
            """)
        .bind("pseudonym", pseudonym)
        .bind("id", user.id())
        .execute();
    handle
        .createUpdate(
            "UPDATE admin_changes SET actor = :pseudonym, peer = NULL, number = NULL"
                + " WHERE actor = :name")
        .bind("pseudonym", pseudonym)
        .bind("name", user.name())
        .execute();
  }
}
