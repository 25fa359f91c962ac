package dev.postern.deploy.cli;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.Protection;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What may be worth a look at an app password that still works. */
enum Finding {
  /** Used, but not for long. */
  UNUSED,
  NEVER_USED,
  /** Neither a date nor an idle time ends it. */
  NO_EXPIRY,
  /** Not by its owner. */
  MADE_BY_OTHERS,
  /** Last used over TLS 1.0 or 1.1: a device to replace. */
  LEGACY_TLS,
  /** Sent without TLS at least once: whoever listened has it, so it is to be replaced. */
  IN_CLEAR;

  /** Lower case with hyphens. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Those of one app password.
   *
   * @param unusedSince one that was last used, or made, before that counts as unused
   */
  static Set<Finding> of(AppPassword password, Instant unusedSince) {
    Set<Finding> found = EnumSet.noneOf(Finding.class);
    if (password.lastUse().isEmpty()) {
      if (password.createdAt().isBefore(unusedSince)) {
        found.add(NEVER_USED);
      }
    } else if (password.lastUse().get().at().isBefore(unusedSince)) {
      found.add(UNUSED);
    }
    if (password.expiresAt().isEmpty() && password.idleExpiry().isEmpty()) {
      found.add(NO_EXPIRY);
    }
    if (!password.createdBy().equals(password.user())) {
      found.add(MADE_BY_OTHERS);
    }
    if (password
        .lastUse()
        .flatMap(LastUse::protection)
        .filter(Protection::isLegacyTls)
        .isPresent()) {
      found.add(LEGACY_TLS);
    }
    if (password.exposedAt().isPresent()) {
      found.add(IN_CLEAR);
    }
    return found;
  }
}
