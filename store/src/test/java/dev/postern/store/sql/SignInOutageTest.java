package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.FoldingSignInLog;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLimits;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of attempts while nothing can be written. */
class SignInOutageTest {
  private final TestClock clock = TestClock.standing();
  private final Path folder;

  SignInOutageTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void attemptsWaitBoundedUntilTheDatabaseTakesThemAgain() {
    StoreConfig.Database file = new StoreConfig.Database.Sqlite(folder.resolve("postern.db"));
    try (Store store = Store.open(TestConfig.of(file), Store.Schema.MIGRATE, clock);
        Database database = Database.open(file, false)) {
      FoldingSignInLog log =
          new FoldingSignInLog(new SignInLimits(100, 100, 100, 1000, 1000, 1000, 1000));
      SignInWriter writer =
          new SignInWriter(
              database,
              new Writes(database, clock, _ -> {}),
              log,
              new SignInTable(
                  new NameDigest(List.of(TestConfig.key("s1", 101))), database.dialect()),
              new SignInBounds(database, SignInLimits.DEFAULTS),
              Runnable::run);
      full(database, true);
      for (int i = 0; i < 500; i++) {
        log.note(attempt("n" + i));
        if (i % 50 == 0) {
          writer.flush();
        }
      }
      assertThat(log.waiting()).isEqualTo(101);
      full(database, false);
      writer.flush();
      assertThat(log.waiting()).isZero();
      assertThat(
              store.signIns().list(SignIns.Query.ALL, Optional.empty(), 1000).stream()
                  .mapToLong(SignIns.Entry::attempts)
                  .sum())
          .isEqualTo(500);
    }
  }

  /** As a full disk does: every insertion fails. */
  private static void full(Database database, boolean isFull) {
    int _ =
        database.write(handle ->
            handle.execute(
                isFull
                    ? "CREATE TRIGGER full BEFORE INSERT ON sign_ins"
                        + " BEGIN SELECT RAISE(FAIL, 'full'); END"
                    : "DROP TRIGGER full"));
  }

  private SignIn attempt(String name) {
    return new SignIn(
        clock.instant(),
        Optional.empty(),
        name,
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        InetAddress.getLoopbackAddress(),
        "client",
        "rejected",
        "unknown-user");
  }
}
