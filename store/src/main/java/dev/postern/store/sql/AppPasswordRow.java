package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.integrity.RowFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A row of {@code app_passwords} as it is stored, so that it can be changed and signed anew.
 *
 * @param credential with the state that is stored, whatever time it is
 * @param storedForm the stored form as text, also if no program of this version can read it
 */
record AppPasswordRow(Credential credential, String storedForm) {
  static final String TABLE = "app_passwords";

  static AppPasswordRow of(Credential credential) {
    return new AppPasswordRow(
        credential, credential.stored().map(StoredSecret::print).orElseThrow());
  }

  AppPassword appPassword() {
    return credential.appPassword();
  }

  String id() {
    return appPassword().id();
  }

  /**
   * All that the signature covers: everything but what is noted of uses and what other rows say.
   */
  RowFacts facts() {
    AppPassword made = appPassword();
    RowFacts facts =
        RowFacts.of(TABLE)
            .text(made.id())
            .text(made.userId())
            .text(made.label())
            .text(AppPasswordRows.print(made.scopes()))
            .text(AppPasswordRows.print(made.networks()))
            .text(storedForm)
            .number(credential.isMachineMade() ? 1 : 0)
            .number(made.expiresAt().map(Instant::toEpochMilli))
            .number(made.idleExpiry().map(Duration::toMillis))
            .number(credential.unusedExpiresAt().map(Instant::toEpochMilli))
            .text(credential.replaces())
            .number(credential.overlapEndsAt().map(Instant::toEpochMilli))
            .text(made.state().word())
            .number(stateAt().map(Instant::toEpochMilli))
            .text(stateReason())
            .number(made.createdAt().toEpochMilli())
            .text(made.createdBy())
            .number(credential.version());
    // Rows of before there were lanes are those of the ordinary one.
    return switch (made.lane()) {
      case ORDINARY -> facts;
      case LEGACY -> facts.text(made.lane().word());
    };
  }

  Optional<Instant> stateAt() {
    return switch (appPassword().state()) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant at, String _) -> Optional.of(at);
      case State.Revoked(Instant at, String _) -> Optional.of(at);
      case State.Expired(Instant at, State.Cause _) -> Optional.of(at);
    };
  }

  Optional<String> stateReason() {
    return switch (appPassword().state()) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant _, String reason) -> Optional.of(reason);
      case State.Revoked(Instant _, String reason) -> Optional.of(reason);
      case State.Expired(Instant _, State.Cause cause) -> Optional.of(cause.word());
    };
  }

  AppPasswordRow withState(State state) {
    return new AppPasswordRow(credential.with(appPassword().with(state)), storedForm);
  }

  AppPasswordRow withOverlap(Instant endsAt) {
    return new AppPasswordRow(credential.withOverlap(endsAt), storedForm);
  }

  AppPasswordRow withSecret(StoredSecret stored) {
    return new AppPasswordRow(credential.withStored(stored), stored.print());
  }

  /** The next version, to be signed and written. */
  AppPasswordRow next() {
    return new AppPasswordRow(credential.withVersion(credential.version() + 1), storedForm);
  }

  AppPasswordRow withAppPassword(AppPassword changed) {
    return new AppPasswordRow(credential.with(changed), storedForm);
  }

  /** What it is for people at a moment: an overlap or a time that is over has ended it. */
  AppPassword at(Instant now) {
    return switch (appPassword().state()) {
      case State.Revoked _, State.Expired _ -> appPassword();
      case State.Active _, State.Suspended _ ->
          over(credential.overlapEndsAt(), now)
              .<State>map(end -> new State.Revoked(end, Rotation.OVERLAP_OVER))
              .or(() -> expired(now, now))
              .map(appPassword()::with)
              .orElseGet(this::appPassword);
    };
  }

  /**
   * How its time has run out; empty if it has not, or if it has ended otherwise.
   *
   * @param settled a use before that is in the row, whichever node saw it
   */
  Optional<State> expired(Instant now, Instant settled) {
    AppPassword made = appPassword();
    Instant idleSince = made.lastUse().map(AppPassword.LastUse::at).orElse(made.createdAt());
    Optional<Instant> unusedEnd =
        made.lastUse().isPresent() ? Optional.empty() : credential.unusedExpiresAt();
    return over(made.expiresAt(), now)
        .map(end -> new State.Expired(end, State.Cause.DATE))
        .or(() -> over(unusedEnd, settled).map(end -> new State.Expired(end, State.Cause.UNUSED)))
        .or(() ->
            over(made.idleExpiry().map(idleSince::plus), settled)
                .map(end -> new State.Expired(end, State.Cause.IDLE)))
        .map(state -> state);
  }

  private static Optional<Instant> over(Optional<Instant> end, Instant now) {
    return end.filter(moment -> !now.isBefore(moment));
  }
}
