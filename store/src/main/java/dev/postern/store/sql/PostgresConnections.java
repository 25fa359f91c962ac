package dev.postern.store.sql;

import com.zaxxer.hikari.util.DriverDataSource;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server. Beyond loopback the connection is encrypted and the server's name checked,
 * or there is none.
 */
final class PostgresConnections implements Connections {
  private static final int POOL = 10;
  private static final int CONNECT_SECONDS = 3;
  private static final int ANSWER_SECONDS = 15;

  /** To connect and to begin to listen; what it waits for later is its own affair. */
  private static final int FEED_SECONDS = 2;

  /** How the server lists the connection of the feed ({@code pg_stat_activity}). */
  private static final String FEED_NAME = "postern-changes";

  private static final Set<String> PARAMETERS =
      Set.of("sslmode", "sslrootcert", "sslcert", "sslkey");
  private static final Set<String> LOOPBACK_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

  private final String name;
  private final String user;
  private final DataSource source;
  private final DataSource impatient;

  private PostgresConnections(String name, String user, DataSource source, DataSource impatient) {
    this.name = name;
    this.user = user;
    this.source = source;
    this.impatient = impatient;
  }

  /**
   * The server behind such a URL; nothing is connected yet.
   *
   * @throws StoreException if the URL says something that is not understood or not allowed
   */
  static PostgresConnections of(StoreConfig.Database.Postgres database) {
    URI url = database.url();
    String host = url.getHost();
    String user = url.getUserInfo();
    String path = Optional.ofNullable(url.getPath()).orElse("");
    if (!"postgresql".equals(url.getScheme()) || host == null || path.length() < 2) {
      throw new StoreException(
          "store.database is not understood",
          "Write postgresql://USER@HOST/DATABASE?sslmode=verify-full.");
    }
    if (user == null || user.isEmpty() || user.contains(":")) {
      throw new StoreException(
          "store.database must name a user, without the password",
          "Write postgresql://USER@HOST/DATABASE and put the password into store.password.");
    }
    Map<String, String> parameters = parameters(url.getRawQuery());
    requireEncryption(host, parameters);
    int port = url.getPort() < 0 ? 5432 : url.getPort();
    String databaseName = path.substring(1);
    return new PostgresConnections(
        databaseName + " at " + host + ":" + port,
        user,
        source(
            host,
            port,
            databaseName,
            user,
            database,
            properties("postern", CONNECT_SECONDS, ANSWER_SECONDS, parameters)),
        source(
            host,
            port,
            databaseName,
            user,
            database,
            properties(FEED_NAME, FEED_SECONDS, FEED_SECONDS, parameters)));
  }

  @Override
  public Dialect dialect() {
    return Dialect.POSTGRESQL;
  }

  @Override
  public DataSource reading() {
    return source;
  }

  @Override
  public DataSource writing() {
    return source;
  }

  @Override
  public int writers() {
    return POOL;
  }

  @Override
  public Connection direct() throws SQLException {
    return source.getConnection();
  }

  @Override
  public Connection impatient() throws SQLException {
    return impatient.getConnection();
  }

  /** Another server in its place is noticed by the connections, which break. */
  @Override
  public boolean isReplaced() {
    return false;
  }

  @Override
  public StoreException explain(SQLException failure) {
    String state = Optional.ofNullable(failure.getSQLState()).orElse("");
    return switch (state) {
      case "28P01", "28000" ->
          explained(
              "does not let " + user + " in",
              "Check the user in store.database, store.password, and the server's pg_hba.conf.",
              failure);
      case "3D000" ->
          explained("does not exist", "Create it: createdb --owner=" + user + ".", failure);
      case "42501" ->
          explained("refuses " + user + " a right", "Make " + user + " the owner of it.", failure);
      case "25006" ->
          explained(
              "can only be read",
              "Connect to the primary, or promote this one; default_transaction_read_only must be"
                  + " off.",
              failure);
      case "53100" -> explained("has no room left", "Free space on the server's disk.", failure);
      case "57P01", "57P02", "57P03" ->
          explained("is being stopped or started", "Try again in a moment.", failure);
      case "53300" -> explained("has no connection left", "Raise max_connections there.", failure);
      default ->
          state.startsWith("08") || state.isEmpty()
              ? explained(
                  "does not answer",
                  "Start the server, or correct store.database; beyond loopback it must speak TLS"
                      + " with a certificate that is trusted here.",
                  failure)
              : explained("gives error " + state, "See the server's log.", failure);
    };
  }

  private StoreException explained(String what, String remedy, SQLException failure) {
    return new StoreException("the PostgreSQL database " + name + " " + what, remedy, failure);
  }

  private static Map<String, String> parameters(@Nullable String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query == null || query.isEmpty()) {
      return parameters;
    }
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      if (equals < 0 || !PARAMETERS.contains(key)) {
        throw new StoreException(
            "store.database has a parameter that is not known",
            "Known are sslmode, sslrootcert, sslcert and sslkey, each with a value.");
      }
      parameters.put(key, URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }

  private static void requireEncryption(String host, Map<String, String> parameters) {
    String mode = parameters.getOrDefault("sslmode", "");
    if (LOOPBACK.matcher(host).matches()) {
      if (!mode.isEmpty() && !LOOPBACK_MODES.contains(mode)) {
        throw new StoreException(
            "store.database has an sslmode that is not known", "Write sslmode=verify-full.");
      }
    } else if (!mode.equals("verify-full")) {
      throw new StoreException(
          "the database server " + host + " is not on this machine and sslmode is not verify-full",
          "Add ?sslmode=verify-full to store.database, and sslrootcert=FILE for a CA of your own.");
    }
  }

  private static DataSource source(
      String host,
      int port,
      String databaseName,
      String user,
      StoreConfig.Database.Postgres database,
      Properties properties) {
    // The driver keeps its password in a string; there is no other way in.
    String password =
        database
            .password()
            .map(secret -> secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)))
            .orElse(null);
    return new DriverDataSource(
        "jdbc:postgresql://"
            + host
            + ":"
            + port
            + "/"
            + URLEncoder.encode(databaseName, StandardCharsets.UTF_8),
        "org.postgresql.Driver",
        properties,
        user,
        password);
  }

  private static Properties properties(
      String applicationName,
      int connectSeconds,
      int answerSeconds,
      Map<String, String> parameters) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", applicationName);
    properties.setProperty("connectTimeout", Integer.toString(connectSeconds));
    properties.setProperty("loginTimeout", Integer.toString(2 * connectSeconds));
    properties.setProperty("socketTimeout", Integer.toString(answerSeconds));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("reWriteBatchedInserts", "true");
    // Details of errors quote rows.
    properties.setProperty("logServerErrorDetail", "false");
    if (parameters.getOrDefault("sslmode", "").startsWith("verify")
        && !parameters.containsKey("sslrootcert")) {
      properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    }
    properties.putAll(parameters);
    return properties;
  }
}
