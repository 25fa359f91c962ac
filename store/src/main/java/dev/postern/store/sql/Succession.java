package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.DurationWords;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.IssuedAppPassword;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Puts a new app password in the place of an old one. {@link Rotation} ends the old one. */
final class Succession {
  private static final Duration LONGEST = Duration.ofDays(366);

  private static final String SUCCESSOR_OF = "successor of ";

  private final Writes writes;
  private final AppPasswordLocks locks;
  private final LoginNameTable names;
  private final AppPasswordTable table;
  private final Rotation rotation;
  private final Issuing issuing;
  private final ChangeLog changeLog;

  Succession(
      Writes writes,
      AppPasswordLocks locks,
      LoginNameTable names,
      AppPasswordTable table,
      Rotation rotation,
      Issuing issuing,
      ChangeLog changeLog) {
    this.writes = writes;
    this.locks = locks;
    this.names = names;
    this.table = table;
    this.rotation = rotation;
    this.issuing = issuing;
    this.changeLog = changeLog;
  }

  /** See {@link dev.postern.store.auth.AppPasswords#rotate}. */
  IssuedAppPassword rotate(String id, Duration overlap, OptionalLong expectedVersion, Actor actor) {
    if (overlap.isNegative() || overlap.compareTo(LONGEST) > 0) {
      throw new RefusedException(
          Code.INVALID,
          "an overlap lasts 0 to " + LONGEST.toDays() + " days",
          "Name a time in between.");
    }
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      String userId = locks.require(handle, id, expectedVersion).appPassword().userId();
      rotation.sweepUser(handle, userId, now);
      AppPasswordRow old = table.require(handle, id);
      requireRotatable(old, now);
      rotation.endPredecessor(handle, id, Rotation.ROTATED_AGAIN, now, changes);
      Issuing.Made made = issuing.successor(handle, old.appPassword(), now, actor);
      table.insert(handle, List.of(made.credential()));
      names.move(handle, userId, id, made.credential().appPassword().id(), changes);
      AppPasswordRow ending =
          table.save(
              handle,
              overlap.isZero()
                  ? old.withState(new State.Revoked(now, Rotation.AT_ONCE))
                  : old.withOverlap(now.plus(overlap)));
      AppPassword successor = made.credential().appPassword();
      // What was made comes first: whoever asks again with the same key is told of that.
      changeLog.write(
          handle,
          actor,
          now,
          List.of(
              ChangeLog.Entry.ofPassword("create", Optional.empty(), successor, SUCCESSOR_OF + id),
              ChangeLog.Entry.ofPassword(
                  "rotate",
                  Optional.of(old.at(now)),
                  ending.at(now),
                  "replaced by " + successor.id() + within(overlap))));
      changes.accept(Change.ofUser(userId));
      return made.issued();
    });
  }

  private static String within(Duration overlap) {
    return overlap.isZero() ? " at once" : " within " + DurationWords.format(overlap);
  }

  /** Whom an app password follows that was made for this reason. */
  static Optional<String> followed(String reason) {
    return reason.startsWith(SUCCESSOR_OF)
        ? Optional.of(reason.substring(SUCCESSOR_OF.length()))
        : Optional.empty();
  }

  private static void requireRotatable(AppPasswordRow old, Instant now) {
    switch (old.at(now).state()) {
      case State.Active _ -> {}
      case State.Suspended _ ->
          throw new RefusedException(
              Code.STATE, "this app password is suspended", "Resume it first, or create another.");
      case State.Revoked _ -> throw SqlAppPasswords.revoked();
      case State.Expired _ -> throw SqlAppPasswords.expired();
    }
    if (old.credential().overlapEndsAt().isPresent()) {
      throw new RefusedException(
          Code.STATE, "this app password was rotated already", "Rotate its successor.");
    }
  }
}
