package dev.postern.store.audit;

import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.auth.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How far a user is on the way from his own password to app passwords.
 *
 * @param mode what is said of his own password; empty: nothing, so that it is refused
 * @param appPasswords how many work
 * @param clients what he was seen with, by protocol and name
 */
public record Readiness(
    String user,
    Optional<String> group,
    Optional<Mode> mode,
    boolean isDisabled,
    int appPasswords,
    List<Client> clients) {

  public Readiness {
    clients = List.copyOf(clients);
  }

  /**
   * A program in one protocol; those that call themselves alike are one.
   *
   * @param name what it calls itself, perhaps empty
   * @param ownPassword when it was last let in with the user's own password
   * @param appPassword when it was last let in with an app password
   * @param refused when something was last refused that cannot be an app password
   */
  public record Client(
      Scope protocol,
      String name,
      Optional<Instant> ownPassword,
      Optional<Instant> appPassword,
      Optional<Instant> refused) {

    /** Whether it was let in with the user's own password, and not with an app password since. */
    public boolean isBehind() {
      return isSinceAppPassword(ownPassword);
    }

    /**
     * Whether it was let in with the user's own password, is refused now, and has not got in since.
     * Whoever only guesses was never let in.
     */
    public boolean isShutOut() {
      return isBehind() && refused.filter(at -> at.isAfter(ownPassword.orElseThrow())).isPresent();
    }

    private boolean isSinceAppPassword(Optional<Instant> at) {
      return at.isPresent() && appPassword.filter(used -> !used.isBefore(at.get())).isEmpty();
    }
  }

  /** Where a user stands. */
  public enum State {
    /** A client that was let in with his own password is refused now, and has not got in since. */
    SHUT_OUT,
    /** Uses his own password, and has no app password yet. */
    NOT_STARTED,
    /** Has app passwords, and a client that still uses his own password. */
    MOVING,
    /** No client is seen with his own password any more. */
    READY,
    /** Not seen. */
    IDLE;

    private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** As in reports. */
    public String word() {
      return word;
    }
  }

  public State state() {
    if (clients.stream().anyMatch(Client::isShutOut)) {
      return State.SHUT_OUT;
    }
    if (clients.stream().anyMatch(Client::isBehind)) {
      return appPasswords == 0 ? State.NOT_STARTED : State.MOVING;
    }
    return clients.stream().anyMatch(client -> client.appPassword().isPresent())
        ? State.READY
        : State.IDLE;
  }
}
