package dev.postern.store.sql;

import dev.postern.store.integrity.RowFacts;
import dev.postern.store.trace.Trace;
import java.time.Instant;

/** A trace as {@code traces} holds it: without the user's name, and always in its only version. */
record TraceRow(String id, String userId, Instant startedAt, String startedBy, Instant endsAt) {
  static final String TABLE = "traces";
  static final long VERSION = 1;

  /** What its signature covers. */
  RowFacts facts() {
    return RowFacts.of(TABLE)
        .text(id)
        .text(userId)
        .number(startedAt.toEpochMilli())
        .text(startedBy)
        .number(endsAt.toEpochMilli())
        .number(VERSION);
  }

  Trace of(String user) {
    return new Trace(id, userId, user, startedAt, startedBy, endsAt);
  }
}
