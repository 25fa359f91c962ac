package dev.postern.store.tickets;

import java.util.List;

/** The keys of session tickets that all nodes of a site have. Safe for use by several threads. */
public interface TicketKeys {

  /**
   * Those that count now, the same object until they change. The first one seals, every one opens.
   * Empty if there is none to seal with: then no ticket is good. Cheap.
   */
  List<TicketKey> current();

  /** For a gateway that gives no tickets. */
  static TicketKeys none() {
    return List::of;
  }
}
