package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.hash.SlowHash;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports.Verdict;
import dev.postern.store.seal.AesGcmSecretBox;
import dev.postern.store.testing.TestConfig;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImportPlanTest {
  private final ImportPlan plan =
      new ImportPlan(
          Map.of(),
          Set.of(),
          Map.of(),
          Set.of(),
          Map.of(),
          (_, _) -> {
            throw new AssertionError("nobody is added");
          },
          kib -> kib <= 20_480,
          new AesGcmSecretBox(List.of(TestConfig.key("s1", 101)), new SecureRandom()),
          Instant.EPOCH,
          TestConfig.ACTOR);

  @Test
  void refusesAHashThatThereIsNoMemoryForAndSaysSo() {
    plan.add(argon2(20_480), Optional.empty());
    plan.add(argon2(20_481), Optional.empty());
    assertThat(plan.verdicts())
        .containsExactly(
            new Verdict.Refused("cannot be the name of a user"),
            new Verdict.Refused(SlowHash.Refusal.TOO_BIG_HERE.word()));
  }

  private static ForeignSecret argon2(int memory) {
    return new ForeignSecret(
        "here " + memory,
        "alice@example.com",
        "phone",
        Secret.ofText("$argon2id$v=19$m=" + memory + ",t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"),
        Set.of(Scope.IMAP),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
