package dev.postern.store.audit;

import dev.postern.store.auth.PassThrough.Mode;
import dev.postern.store.auth.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

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
   * @param refused when something was last refused that cannot be an app password: from anywhere if
   *     the client was let in with the user's own password, or if the user was let in from nowhere;
   *     else from a network where he was let in, because others guess
   */
  public record Client(
      Scope protocol,
      String name,
      Optional<Instant> ownPassword,
      Optional<Instant> appPassword,
      Optional<Instant> refused) {

    /** Whether it was let in with the user's own password, and not with an app password since. */
    public boolean isBehind() {
      return ownPassword.isPresent()
          && appPassword.filter(used -> !used.isBefore(ownPassword.get())).isEmpty();
    }

    private boolean wasRefusedAfter(Optional<Instant> in) {
      return refused.filter(at -> in.isEmpty() || at.isAfter(in.get())).isPresent();
    }

    private Stream<Instant> in() {
      return Stream.of(ownPassword, appPassword).flatMap(Optional::stream);
    }
  }

  /** Where a user stands. */
  public enum State {
    /** A client was refused and has not got in since: itself, or any other in its protocol. */
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
    if (clients.stream().anyMatch(this::isShutOut)) {
      return State.SHUT_OUT;
    }
    if (clients.stream().anyMatch(Client::isBehind)) {
      return appPasswords == 0 ? State.NOT_STARTED : State.MOVING;
    }
    return clients.stream().anyMatch(client -> client.appPassword().isPresent())
        ? State.READY
        : State.IDLE;
  }

  /**
   * Whether one of the clients was refused after the last login in its protocol, whichever client
   * that was; or, if it was let in with the user's own password before, after its own last login.
   */
  public boolean isShutOut(Client client) {
    return client.wasRefusedAfter(lastIn(client.protocol()))
        || (client.isBehind() && client.wasRefusedAfter(client.ownPassword()));
  }

  /** Programs call themselves now this, now that: of those in one protocol none is told apart. */
  private Optional<Instant> lastIn(Scope protocol) {
    return clients.stream()
        .filter(client -> client.protocol() == protocol)
        .flatMap(Client::in)
        .max(Instant::compareTo);
  }
}
