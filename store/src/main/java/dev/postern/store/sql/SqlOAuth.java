package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.IdleConsents;
import dev.postern.store.oauth.OAuth;
import dev.postern.store.oauth.OAuthAccounts;
import dev.postern.store.seal.SecretBox;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;

/** What the store has of OAuth 2.0, put together over one database. */
final class SqlOAuth implements AutoCloseable {
  private final Membership membership;
  private final OAuthAccounts accounts;
  private final OAuth oauth;
  private final ConsentLinks links;
  private final IdleConsents idle;
  private final ConsentCounting counting;

  /**
   * @param accountTable whose rows are renewed
   * @param ticker of the store
   */
  SqlOAuth(
      Database database,
      Writes writes,
      UserTable users,
      OAuthAccountTable accountTable,
      SecretBox secretBox,
      RowChecks checks,
      ChangeLog changeLog,
      Membership membership,
      Clock clock,
      Ticker ticker,
      SecureRandom random) {
    this.membership = membership;
    this.accounts = new SqlOAuthAccounts(database, writes, users, accountTable, checks, changeLog);
    this.oauth =
        new OAuth(
            new SqlTokenLeases(
                database,
                writes,
                users,
                accountTable,
                new OAuthLeaseTable(database.dialect(), secretBox),
                checks,
                changeLog,
                () -> membership.liveNodes() == 1,
                random),
            clock,
            ticker,
            random);
    this.links =
        new SqlConsentLinks(
            database, writes, users, secretBox, oauth.codes(), accounts, changeLog, random);
    this.idle =
        new IdleConsents(
            oauth.tokens(),
            (since, upstreams, limit) ->
                database.read(handle -> OAuthAccountTable.idle(handle, since, upstreams, limit)),
            clock,
            ticker,
            random);
    this.counting = new ConsentCounting(database, accountTable, oauth.tokens());
  }

  OAuth oauth() {
    return oauth;
  }

  OAuthAccounts accounts() {
    return accounts;
  }

  ConsentLinks links() {
    return links;
  }

  IdleConsents idle() {
    return idle;
  }

  /** See {@link ConsentCounting#tell}. */
  void tellCounts(Consumer<List<ConsentCount>> listener) {
    counting.tell(listener);
  }

  /** This process is a node from here on: it counts consents, and keeps those that idle. */
  void join(BackgroundThreads threads) {
    counting.run();
    threads.repeatOnWriter(counting::run, ConsentCounting.SECONDS);
    threads.repeatOnWriter(this::renewIdle, idle.pauseAtStart(), IdleConsents.SECONDS);
  }

  /** A node that drains leaves them to others, which do not count it any more. */
  private void renewIdle() {
    if (!membership.isDraining()) {
      var _ = idle.round(IdleConsents.SPREAD);
    }
  }

  @Override
  public void close() {
    oauth.close();
  }
}
