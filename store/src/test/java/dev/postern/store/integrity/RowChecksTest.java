package dev.postern.store.integrity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.integrity.RowAlarm.Trouble;
import dev.postern.store.testing.TestConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowChecksTest {
  /** Two of each slot of {@link SeenVersions}. */
  private static final int FLOOD = 2 * 4 * (1 << 16);

  private final RowSignatures signatures =
      new RowSignatures(List.of(), List.of(TestConfig.key("s1", 7)));
  private final List<Trouble> alarms = new ArrayList<>();
  private final RowChecks checks =
      new RowChecks(signatures, new SeenVersions(1), (_, _, trouble) -> alarms.add(trouble));

  @Test
  void anOlderVersionThanWasCommittedIsNotBelieved() {
    checks.committed("users", "u_1", 3);
    assertThat(isGenuine("u_1", 3)).isTrue();
    assertThat(isGenuine("u_1", 4)).as("the next one").isTrue();
    assertThat(isGenuine("u_2", 1)).as("another row").isTrue();
    assertThat(alarms).isEmpty();
    assertThat(isGenuine("u_1", 2)).isFalse();
    assertThat(alarms).containsExactly(Trouble.PUT_BACK);
  }

  @Test
  void whatWasReadButIsNotCommittedTellsNothing() {
    assertThat(isGenuine("u_1", 3)).isTrue();
    assertThat(isGenuine("u_1", 2)).isTrue();
  }

  @Test
  void noVersionOfARowThatIsGoneIsBelieved() {
    checks.committed("users", "u_1", 3);
    checks.removed("users", "u_1");
    assertThat(isGenuine("u_1", 3)).isFalse();
    assertThat(isGenuine("u_1", 1_000_000)).isFalse();
    assertThat(alarms).containsExactly(Trouble.PUT_BACK, Trouble.PUT_BACK);
  }

  /** Whoever can write the database can write of any number of users that they were removed. */
  @Test
  void aFloodOfRemovalsPushesNoVersionOut() {
    checks.committed("users", "u_1", 3);
    for (int row = 0; row < FLOOD; row++) {
      checks.removed("users", "made up " + row);
    }
    assertThat(isGenuine("u_1", 2)).isFalse();
  }

  @Test
  void whatWasRemovedGivesWayToLaterRemovalsAlone() {
    checks.removed("users", "u_1");
    for (int row = 0; row < FLOOD; row++) {
      checks.committed("users", "u_other" + row, 1);
    }
    assertThat(isGenuine("u_1", 1)).isFalse();
  }

  @Test
  void anotherSignatureIsNotBelieved() {
    String other = signatures.sign(facts("u_2", 1));
    assertThat(checks.isGenuine("users", "u_1", 1, facts("u_1", 1), other)).isFalse();
    assertThat(checks.isGenuine("users", "u_1", 1, facts("u_1", 1), null)).isFalse();
    assertThat(alarms).containsExactly(Trouble.ALTERED, Trouble.ALTERED);
  }

  private boolean isGenuine(String row, long version) {
    RowFacts facts = facts(row, version);
    return checks.isGenuine("users", row, version, facts, signatures.sign(facts));
  }

  private static RowFacts facts(String row, long version) {
    return RowFacts.of("users").text(row).number(version);
  }
}
