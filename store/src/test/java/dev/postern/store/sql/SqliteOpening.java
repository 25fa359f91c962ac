package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.nio.file.Path;
import java.sql.Connection;

/** A process of its own that opens a database, says how that went, and waits to be killed. */
final class SqliteOpening {
  private SqliteOpening() {}

  public static void main(String[] args) throws Exception {
    try (Connection _ = SqliteConnections.of(Path.of(args[0]), true).direct()) {
      System.out.println("opened");
    } catch (StoreException e) {
      System.out.println(e.getMessage() + ": " + e.remedy());
    }
    int _ = System.in.read();
  }
}
