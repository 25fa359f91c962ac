package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenLeases;
import dev.postern.store.oauth.TokenLeases.Turn;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.time.Duration;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Statements on {@code oauth_leases}; all times are the database's. PostgreSQL does not log the
 * table: it is in no base backup, no archived log and on no replica.
 */
final class OAuthLeaseTable {
  private static final String TABLE = "oauth_leases";

  /** How long a token that was handed over can be fetched. */
  private static final Duration HANDED = Duration.ofMinutes(1);

  /** What a row says beyond that is not believed. */
  private static final Duration LONGEST_LIFE = Duration.ofHours(24);

  private final Dialect dialect;
  private final SecretBox secretBox;

  OAuthLeaseTable(Dialect dialect, SecretBox secretBox) {
    this.dialect = dialect;
    this.secretBox = secretBox;
  }

  /** Takes the lease if nobody has it. */
  boolean take(Handle handle, TokenAccount account, String owner) {
    return handle
            .createUpdate(
                """
                INSERT INTO oauth_leases (account, owner, ends_at)
                VALUES (:account, :owner, <now> + :length)
                ON CONFLICT (account) DO UPDATE SET owner = excluded.owner, ends_at = excluded.ends_at
                WHERE oauth_leases.ends_at \\<= <now>
                """)
            .define("now", dialect.now())
            .bind("account", account.key())
            .bind("owner", owner)
            .bind("length", TokenLeases.LENGTH.toMillis())
            .execute()
        == 1;
  }

  /** Makes a lease end later, if it is still that one. */
  void prolong(Handle handle, TokenAccount account, String owner) {
    handle
        .createUpdate(
            """
            UPDATE oauth_leases SET ends_at = <now> + :length
            WHERE account = :account AND owner = :owner
            """)
        .define("now", dialect.now())
        .bind("account", account.key())
        .bind("owner", owner)
        .bind("length", TokenLeases.LATE_LENGTH.toMillis())
        .execute();
  }

  /** Gives a lease back that was taken just now; what is left for others stays. */
  static void giveBack(Handle handle, TokenAccount account, String owner) {
    handle
        .createUpdate(
            "UPDATE oauth_leases SET ends_at = 0 WHERE account = :account AND owner = :owner")
        .bind("account", account.key())
        .bind("owner", owner)
        .execute();
  }

  /** A token that was handed over and is later than another, if there is one. */
  Optional<Turn> handedOver(
      Handle handle, TokenAccount account, String registration, long generation, long after) {
    return handle
        .createQuery(
            """
            SELECT handed, handed_number, expires_at - <now> AS remaining FROM oauth_leases
            WHERE account = :account AND handed IS NOT NULL AND handed_until > <now>
                AND handed_number > :after
            """)
        .define("now", dialect.now())
        .bind("account", account.key())
        .bind("after", after)
        .map((row, _) ->
            opened(
                account,
                registration,
                generation,
                row.getString("handed"),
                row.getLong("handed_number"),
                row.getLong("remaining")))
        .findOne()
        .flatMap(turn -> turn);
  }

  private Optional<Turn> opened(
      TokenAccount account,
      String registration,
      long generation,
      String handed,
      long number,
      long remaining) {
    if (remaining <= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Turn.HandedOver(
              secretBox.open(new Sealed(handed, place(account, registration, generation, number))),
              Duration.ofMillis(Math.min(remaining, LONGEST_LIFE.toMillis())),
              number));
    } catch (SealBrokenException _) {
      return Optional.empty();
    }
  }

  /** The number of a token that was had just now: later ones have higher ones. */
  long number(Handle handle, TokenAccount account) {
    return handle
        .createQuery(
            """
            SELECT CASE WHEN handed_number >= <now> THEN handed_number + 1 ELSE <now> END
            FROM oauth_leases WHERE account = :account
            UNION ALL SELECT <now> LIMIT 1
            """)
        .define("now", dialect.now())
        .bind("account", account.key())
        .mapTo(Long.class)
        .first();
  }

  /** Ends a lease, if it is still that one, and leaves a token for others. */
  void handOver(
      Handle handle,
      TokenAccount account,
      String owner,
      Secret token,
      Duration life,
      long number,
      String registration,
      long generation) {
    handle
        .createUpdate(
            """
            UPDATE oauth_leases
            SET ends_at = 0, handed = :handed, handed_number = :number,
                handed_until = <now> + :kept, expires_at = <now> + :life
            WHERE account = :account AND owner = :owner
            """)
        .define("now", dialect.now())
        .bind("account", account.key())
        .bind("owner", owner)
        .bind(
            "handed",
            secretBox.seal(token, place(account, registration, generation, number)).text())
        .bind("number", number)
        .bind("kept", HANDED.toMillis())
        .bind("life", life.toMillis())
        .execute();
  }

  /** Ends a lease, if it is still that one; nothing is left for others. */
  static void end(Handle handle, TokenAccount account, String owner) {
    handle
        .createUpdate("DELETE FROM oauth_leases WHERE account = :account AND owner = :owner")
        .bind("account", account.key())
        .bind("owner", owner)
        .execute();
  }

  /** Takes back what was handed over, of an account whose consent has ended or is another. */
  static void forget(Handle handle, TokenAccount account) {
    handle
        .createUpdate("UPDATE oauth_leases SET handed = NULL WHERE account = :account")
        .bind("account", account.key())
        .execute();
  }

  /** Takes away what is over. */
  static void dropOld(Handle handle, Dialect dialect) {
    handle
        .createUpdate(
            "DELETE FROM oauth_leases WHERE ends_at \\<= <now> AND handed_until \\<= <now>")
        .define("now", dialect.now())
        .execute();
  }

  /** Takes away tokens that are sealed under a key which is to be used no more. */
  static void dropUnder(Handle handle, String sealingKey) {
    String beginning = KeyUses.sealedBeginning(sealingKey);
    handle
        .createUpdate(
            "UPDATE oauth_leases SET handed = NULL WHERE substr(handed, 1, :length) = :beginning")
        .bind("length", beginning.length())
        .bind("beginning", beginning)
        .execute();
  }

  /** It opens as long as the consent is the one that it came from. */
  private static Sealed.Place place(
      TokenAccount account, String registration, long generation, long number) {
    return new Sealed.Place(
        TABLE,
        account.key(),
        "",
        account.upstream(),
        "handed by " + generation + " of " + registration,
        number);
  }
}
