package dev.postern.deploy.cli;

import java.util.Locale;

/** What became of a login attempt that is on record. */
enum SignInOutcome {
  ACCEPTED,
  REJECTED,
  THROTTLED,
  UNAVAILABLE;

  /** As it is on record. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
