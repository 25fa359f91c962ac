package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/** A database with very many app passwords, what clients log in with, and a token for its API. */
public final class FilledSite {
  private static final Actor BENCH = new Actor("bench", "admin", Channel.CLI);

  private final int users;
  private final String token;

  private FilledSite(int users, String token) {
    this.users = users;
    this.token = token;
  }

  /** Fills an empty database unless it is filled already, and makes a new token. */
  public static FilledSite in(StoreConfig.Database database, int credentials, boolean isFilled)
      throws SQLException {
    int users;
    try (ColdPath path = ColdPath.open(database, credentials, isFilled)) {
      users = path.users();
    }
    try (Store store =
        Store.open(BenchConfig.of(database), Store.Schema.MIGRATE, Clock.systemUTC())) {
      IssuedApiToken issued =
          store
              .apiTokens()
              .create(
                  new NewApiToken(
                      "bench " + System.nanoTime(), Role.ADMIN, Set.of(), Optional.empty()),
                  BENCH);
      return new FilledSite(users, text(issued.secret()));
    }
  }

  private static String text(Secret secret) {
    try (secret) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }
  }

  /** Numbers of users are less than that. */
  public int users() {
    return users;
  }

  /** What a client of the API shows. */
  public String token() {
    return token;
  }

  public String name(int user) {
    return GeneratedUsers.name(user);
  }

  /** The id of a user's first app password. */
  public String appPassword(int user) {
    return GeneratedUsers.appPasswordId(user, 0);
  }

  /** The secret of a user's first app password. */
  public String secret(int user) {
    return text(GeneratedUsers.secret(user, 0));
  }
}
