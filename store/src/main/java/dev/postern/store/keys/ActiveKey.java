package dev.postern.store.keys;

import java.util.function.Supplier;

/** The id of the key that new values of one kind are made with; it may change at any time. */
public final class ActiveKey implements Supplier<String> {
  private volatile String id;

  public ActiveKey(String id) {
    this.id = id;
  }

  @Override
  public String get() {
    return id;
  }

  /** What is made from now on is made with that one. */
  public void set(String newId) {
    id = newId;
  }

  @Override
  public String toString() {
    return id;
  }
}
