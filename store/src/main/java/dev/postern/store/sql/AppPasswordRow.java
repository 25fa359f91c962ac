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

  /** All that the signature covers: everything but the last use and what other rows say. */
  RowFacts facts() {
    AppPassword made = appPassword();
    return RowFacts.of(TABLE)
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

  /** What it is for people at a moment: an overlap that is over has ended it. */
  AppPassword at(Instant now) {
    return switch (appPassword().state()) {
      case State.Revoked _, State.Expired _ -> appPassword();
      case State.Active _, State.Suspended _ ->
          credential
              .overlapEndsAt()
              .filter(end -> !now.isBefore(end))
              .map(end -> appPassword().with(new State.Revoked(end, Rotation.OVERLAP_OVER)))
              .orElseGet(this::appPassword);
    };
  }
}
