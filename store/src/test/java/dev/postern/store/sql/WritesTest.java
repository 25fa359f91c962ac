package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestClock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritesTest {
  private final Database database;
  private final List<List<Change>> committed = new ArrayList<>();
  private final Writes writes;
  private int rounds;

  WritesTest(@TempDir Path folder) {
    this.database = Database.open(new SqliteFiles(folder).fresh(), true);
    this.writes = new Writes(database, TestClock.standing(), committed::add);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private int changeAfter(int refusals, Code code) {
    return writes.runUntilUndisturbed((_, changes) -> {
      changes.accept(Change.ofUser("round " + ++rounds));
      if (rounds <= refusals) {
        throw new RefusedException(code, "somebody else was quicker", "");
      }
      return rounds;
    });
  }

  @Test
  void whoIsDisturbedBeginsAnewAndTellsOfHisLastRoundAlone() {
    assertThat(changeAfter(Writes.ROUNDS - 1, Code.CONFLICT)).isEqualTo(Writes.ROUNDS);
    assertThat(committed).containsExactly(List.of(Change.ofUser("round " + Writes.ROUNDS)));
  }

  @Test
  void whoIsDisturbedAgainAndAgainIsTold() {
    assertThatThrownBy(() -> changeAfter(Integer.MAX_VALUE, Code.CONFLICT))
        .isInstanceOf(RefusedException.class);
    assertThat(rounds).isEqualTo(Writes.ROUNDS);
    assertThat(committed).isEmpty();
  }

  @Test
  void whoIsRefusedForAnotherReasonIsToldAtOnce() {
    assertThatThrownBy(() -> changeAfter(1, Code.STATE)).isInstanceOf(RefusedException.class);
    assertThat(rounds).isEqualTo(1);
  }
}
