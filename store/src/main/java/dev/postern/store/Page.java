package dev.postern.store;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list. It may have fewer things than were asked for, even none, although more follow:
 * a search stops where it has looked at so many that the caller should not wait any longer.
 *
 * @param next what to ask for the page after it with; empty if this is the last
 */
public record Page<T>(List<T> items, Optional<String> next) {
  public Page {
    items = List.copyOf(items);
  }
}
