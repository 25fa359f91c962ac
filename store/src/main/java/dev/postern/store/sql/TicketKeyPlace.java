package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.tickets.TicketKey;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;

/** Where the keys of session tickets are kept. */
interface TicketKeyPlace {

  /** The keys from the period before one to the one behind it, as far as there are any. */
  Map<Long, TicketKey> find(long period);

  /** Makes those of a period and of the one behind it, where they are missing. */
  void complete(long period);

  /** In this process alone: for SQLite, which has one node. */
  static TicketKeyPlace inMemory(SecureRandom random) {
    return new TicketKeyPlace() {
      private final Map<Long, TicketKey> keys = new HashMap<>();

      @Override
      public Map<Long, TicketKey> find(long period) {
        keys.keySet().removeIf(each -> each < period - 1 || each > period + 1);
        return Map.copyOf(keys);
      }

      @Override
      public void complete(long period) {
        keys.computeIfAbsent(period, each -> fresh(each, random));
        keys.computeIfAbsent(period + 1, each -> fresh(each, random));
      }
    };
  }

  /** In the database, for all nodes. */
  static TicketKeyPlace shared(Database database, TicketKeyTable table, SecureRandom random) {
    return new TicketKeyPlace() {
      @Override
      public Map<Long, TicketKey> find(long period) {
        return database.read(handle -> table.between(handle, period - 1, period + 1));
      }

      @Override
      public void complete(long period) {
        database.write(handle -> {
          table.dropStray(handle);
          for (long each : new long[] {period, period + 1}) {
            TicketKey fresh = fresh(each, random);
            try (Secret _ = fresh.material()) {
              table.offer(handle, fresh);
            }
          }
          return period;
        });
      }
    };
  }

  private static TicketKey fresh(long period, SecureRandom random) {
    byte[] material = new byte[TicketKey.BYTES];
    random.nextBytes(material);
    return new TicketKey(period, Secret.owning(material));
  }
}
