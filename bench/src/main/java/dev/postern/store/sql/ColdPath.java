package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.LookupPool;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.UserCredentials;
import dev.postern.store.auth.Verifier;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The steps of a verification whose rows are not cached, opened to measurements: the statement, the
 * look-up without and with the thread it runs on. All on one pool of connections. It is in the
 * store's package, so that the product need not offer it to anybody.
 */
public final class ColdPath implements AutoCloseable {
  private final SqlStore store;
  private final LastingStatement statement = new LastingStatement(CredentialQuery.SELECT);
  private final Verifier verifier;
  private final LookupPool threads =
      new LookupPool(8, 100, Duration.ofSeconds(30), Ticker.systemTicker());
  private final int users;

  private ColdPath(SqlStore store, int users) {
    this.store = store;
    // Leaves no trace, so that nothing is written in the background while something is measured.
    this.verifier = store.rehearsal();
    this.users = users;
  }

  /** Fills an empty database, unless it is filled already, and opens it. */
  public static ColdPath open(StoreConfig.Database database, int credentials, boolean isFilled)
      throws SQLException {
    int users = credentials / CredentialFill.PER_USER;
    if (!isFilled) {
      // The ring of keys is made while there are no users.
      open(database).close();
      try (Database fresh = Database.open(database, true)) {
        new CredentialFill(users).fill(fresh);
      }
    }
    return new ColdPath(open(database), users);
  }

  private static SqlStore open(StoreConfig.Database database) {
    return SqlStore.open(
        BenchConfig.of(database),
        true,
        Clock.systemUTC(),
        Ticker.systemTicker(),
        new SecureRandom());
  }

  /** Numbers of users are less than that. */
  public int users() {
    return users;
  }

  /** {@code SELECT 1} through JDBI. */
  public boolean selectOne() {
    return store
            .database()
            .<Integer>read(handle -> handle.createQuery("SELECT 1").mapTo(Integer.class).one())
        == 1;
  }

  /** The same on a thread that waits for it, as each look-up has one. */
  public boolean selectOneOnThread() {
    return threads.ask(this::selectOne).join();
  }

  /** {@code SELECT 1} through JDBC. */
  public boolean selectOneByJdbc() {
    return store
        .database()
        .ask(connection -> {
          try (PreparedStatement statement = connection.prepareStatement("SELECT 1");
              ResultSet row = statement.executeQuery()) {
            return row.next() && row.getInt(1) == 1;
          }
        });
  }

  /** The statement of the look-up through JDBC, with nothing done with what comes. */
  public boolean statementByJdbc(int user) {
    return store
        .database()
        .ask(connection ->
            statement.ask(
                connection,
                select -> {
                  select.setInt(1, UserCredentials.REVOKED_KEPT);
                  select.setString(2, GeneratedUsers.name(user));
                  try (ResultSet rows = select.executeQuery()) {
                    int count = 0;
                    while (rows.next()) {
                      count++;
                    }
                    return count == CredentialFill.PER_USER;
                  }
                }));
  }

  /** The look-up alone, on this thread: the statement, its rows checked and made into objects. */
  public boolean find(int user) {
    return store
        .source()
        .find(List.of(LoginName.parse(GeneratedUsers.name(user)).orElseThrow()))
        .found()
        .filter(found -> found.rows().credentials().size() == CredentialFill.PER_USER)
        .isPresent();
  }

  /** The whole verification of a right secret, through the pool of threads for look-ups. */
  public boolean verify(int user) {
    Attempt attempt =
        new Attempt(
            GeneratedUsers.name(user),
            GeneratedUsers.secret(user, user % CredentialFill.PER_USER),
            Scope.IMAP,
            Protection.TLS_1_3,
            "plain",
            InetAddress.getLoopbackAddress(),
            "");
    return verifier.verify(attempt).toCompletableFuture().join() instanceof AuthOutcome.Accepted;
  }

  /** How PostgreSQL runs the statement once it is prepared; empty on SQLite. */
  public List<String> plan() {
    if (store.database().dialect() == Dialect.SQLITE) {
      return List.of();
    }
    String sql = CredentialQuery.SELECT.replaceFirst("\\?", "\\$1").replaceFirst("\\?", "\\$2");
    return store
        .database()
        .read(handle -> {
          int _ = handle.execute("PREPARE cold(bigint, text) AS " + sql);
          String execute = "EXECUTE cold(" + UserCredentials.REVOKED_KEPT + ", '%s')";
          List<String> plan = List.of();
          for (int i = 0; i < 8; i++) {
            String statement = execute.formatted(GeneratedUsers.name(i * (users / 8)));
            plan =
                handle
                    .createQuery("EXPLAIN (ANALYZE, BUFFERS, SUMMARY) " + statement)
                    .mapTo(String.class)
                    .list();
          }
          int _ = handle.execute("DEALLOCATE cold");
          return plan;
        });
  }

  /** Statements with and without a plan of their own, as PostgreSQL counts them. */
  public Optional<String> plansMade() {
    return store.database().dialect() == Dialect.SQLITE
        ? Optional.empty()
        : store
            .database()
            .read(handle ->
                handle
                    .createQuery(
                        "SELECT 'generic ' || sum(generic_plans) || ', custom ' || sum(custom_plans)"
                            + " FROM pg_prepared_statements WHERE statement LIKE '%n_app_password_id%'")
                    .mapTo(String.class)
                    .findOne());
  }

  @Override
  public void close() {
    threads.close();
    store.close();
  }
}
