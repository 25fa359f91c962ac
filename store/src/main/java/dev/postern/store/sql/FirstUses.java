package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.event.SiteEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * Tells of the first login with an app password: that of the node that finds no use in its row, of
 * nodes that notice at the same time the one that locks it first.
 */
final class FirstUses {
  private final WebhookTable webhooks;

  FirstUses(WebhookTable webhooks) {
    this.webhooks = webhooks;
  }

  /** Which of them have no use in their rows. */
  List<String> among(Handle handle, List<String> ids) {
    return ids.isEmpty()
        ? List.of()
        : handle
            .createQuery(
                "SELECT id FROM app_passwords WHERE id IN (<ids>) AND last_used_at IS NULL"
                    + " ORDER BY id")
            .bindList("ids", ids)
            .mapTo(String.class)
            .list();
  }

  /**
   * Tells of those that still have none.
   *
   * @param uses by the id of the app password; rows that are locked
   */
  void tell(Handle handle, Instant now, Map<String, LastUse> uses) {
    if (uses.isEmpty()) {
      return;
    }
    List<SiteEvent> events = new ArrayList<>();
    handle
        .createQuery(
            "SELECT a.id, a.label, a.user_id, u.name FROM app_passwords a"
                + " JOIN users u ON u.id = a.user_id"
                + " WHERE a.id IN (<ids>) AND a.last_used_at IS NULL ORDER BY a.id")
        .bindList("ids", List.copyOf(uses.keySet()))
        .map((row, _) ->
            new SiteEvent.Subject(
                row.getString("id"),
                row.getString("label"),
                row.getString("user_id"),
                row.getString("name")))
        .forEach(subject -> {
          LastUse use = uses.get(subject.id());
          if (use != null) {
            events.add(
                new SiteEvent.UsedFirst(
                    use.at(),
                    subject,
                    new SiteEvent.Origin(use.from(), use.scope().word(), use.clientName())));
          }
        });
    webhooks.tell(handle, now, events);
  }
}
