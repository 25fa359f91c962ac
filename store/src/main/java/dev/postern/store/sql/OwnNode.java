package dev.postern.store.sql;

/** What a process knows of itself among the running nodes. Safe for use by several threads. */
interface OwnNode {
  String id();

  /** Whether it is one at all; commands are not. */
  boolean isNode();

  /** Whether that is its name or id. */
  boolean isCalled(String nameOrId);

  /** How many nodes lived lately that do not leave, and this one. */
  int liveNodes();
}
