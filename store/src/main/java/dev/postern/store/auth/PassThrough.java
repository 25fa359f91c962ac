package dev.postern.store.auth;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who may log in with his own password at the upstream, while a site moves in. Who is not named may
 * not; of those who name somebody, the user's own word comes first, then that of his group, then
 * that of the domain.
 *
 * @param users by normalised name
 * @param groups by name, in lower case
 * @param domains as A-labels in lower case; they name users whom the store does not know, too
 */
public record PassThrough(
    Map<String, Mode> users, Map<String, Mode> groups, Map<String, Mode> domains) {
  /** Nobody. */
  public static final PassThrough NONE = new PassThrough(Map.of(), Map.of(), Map.of());

  public PassThrough {
    users = Map.copyOf(users);
    groups = Map.copyOf(groups);
    domains = Map.copyOf(domains);
  }

  /** What becomes of people's own passwords. */
  public enum Mode {
    /** They go to the upstream, and who does so is on record. */
    OBSERVE,
    /** The same, and once a day the client is told that it will end. */
    WARN,
    /** They are refused, as by default. */
    ENFORCE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in configuration and reports. */
    public String word() {
      return word;
    }

    /** Whether own passwords are taken. */
    public boolean isOpen() {
      return switch (this) {
        case OBSERVE, WARN -> true;
        case ENFORCE -> false;
      };
    }
  }

  /** What is said of somebody; empty: nothing, which means no. */
  public Optional<Mode> mode(String name, Optional<String> group) {
    return Optional.ofNullable(users.get(name))
        .or(() -> group.map(groups::get))
        .or(() -> ofDomain(name));
  }

  /** Whether anybody's own password is taken. */
  public boolean isOpen() {
    return Stream.of(users, groups, domains).anyMatch(PassThrough::isAnyOpen);
  }

  /**
   * Whether that of somebody may be taken of whom only a name is known: it may be another one of a
   * user that is named, or of a member of a group.
   */
  boolean mayName(String name) {
    return isAnyOpen(users) || isAnyOpen(groups) || ofDomain(name).filter(Mode::isOpen).isPresent();
  }

  private static boolean isAnyOpen(Map<String, Mode> modes) {
    return modes.values().stream().anyMatch(Mode::isOpen);
  }

  private Optional<Mode> ofDomain(String name) {
    int at = name.lastIndexOf('@');
    return at < 0 ? Optional.empty() : Optional.ofNullable(domains.get(name.substring(at + 1)));
  }
}
