package dev.postern.admin.auth;

import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import java.time.Duration;
import java.util.Optional;

/**
 * What verification for other programs asks of the running node beside its store. Called by several
 * threads.
 */
public interface AuthDesk {

  /** Empty while the node is starting. */
  Optional<Store> store();

  /** How long a refusal waits, counted from the question. */
  Duration failureDelay();

  /** Refusals of one token within a minute, before it is asked to come again. */
  int failuresPerMinute();

  /**
   * Where somebody's mailbox is; empty if no route leads to one. Nothing secret is opened for it.
   */
  Optional<Place> place(Grant grant, Scope protocol);

  /** How a proxy that knows passwords alone logs in there. May block on a name server. */
  Handover handover(Grant grant, Scope protocol);

  /**
   * A mailbox.
   *
   * @param upstream by its name in the configuration
   * @param mailbox as the upstream calls it
   */
  record Place(String upstream, String mailbox) {}
}
