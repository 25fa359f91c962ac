package dev.postern.store.testing;

import dev.postern.store.StoreConfig;

/** A kind of database that tests run against. */
public interface TestDatabase {

  /** A new, empty one. */
  StoreConfig.Database fresh();

  /** Takes one away that no test uses any more; nothing is connected to it. */
  void discard(StoreConfig.Database database);
}
