package dev.postern.admin.auth;

import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import java.time.Duration;

/** What the asking program gets to know; its words are in {@link Words}. */
sealed interface Decision {

  record Accepted(Grant grant) implements Decision {}

  /** Also after many wrong ones, where the client is to notice nothing but the wait. */
  record Rejected(RejectReason reason) implements Decision {}

  /** Too many wrong ones came for that user or from that client. */
  record Throttled(Duration retryAfter) implements Decision {}

  /** Nobody knows. */
  record Unavailable(Duration retryAfter) implements Decision {}
}
