package dev.postern.store.access;

import java.time.Instant;

/**
 * A change on record that is made once.
 *
 * @param fingerprint of the request that made it
 * @param action as in the audit, such as {@code app-password.create}
 * @param subjectKind kind of what was changed, of several the first
 * @param subjectId its id
 */
public record Replay(
    String fingerprint, String action, String subjectKind, String subjectId, Instant at) {}
