package dev.postern.deploy.cli;

import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIns;

/** How the record looks to people. */
final class AuditViews {
  private AuditViews() {}

  /** Whose an attempt was, in a table. */
  static String who(SignIns.Entry entry) {
    return entry
        .user()
        .or(() -> entry.userId().map(AuditViews::gone))
        .or(() ->
            entry
                .nameDigest()
                .map(digest ->
                    "?"
                        + digest.substring(0, 8)
                        + entry.domain().map(domain -> "@" + domain).orElse("")))
        .orElse("-");
  }

  private static String gone(String userId) {
    return NameDigest.isPseudonym(userId) ? userId.substring(0, 15) : "removed " + userId;
  }
}
