package dev.postern.store.oauth;

/** Whose access token it is; there is one at a time for each. */
public sealed interface TokenAccount {
  String upstream();

  /** The same for all mailboxes of an upstream. */
  record OfSite(String upstream) implements TokenAccount {}

  /** Of one mailbox. */
  record OfMailbox(String upstream, String mailbox) implements TokenAccount {}

  /** By the consent of one user. */
  record OfUser(String upstream, String userId) implements TokenAccount {}

  /** A name that is different for each; in the database it names the lease. */
  default String key() {
    return switch (this) {
      case OfSite(String upstream) -> "site/" + upstream;
      case OfMailbox(String upstream, String mailbox) -> "mailbox/" + upstream + "/" + mailbox;
      case OfUser(String upstream, String userId) -> "user/" + upstream + "/" + userId;
    };
  }
}
