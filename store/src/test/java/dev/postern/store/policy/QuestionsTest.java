package dev.postern.store.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.policy.PolicyAnswer.Allow;
import dev.postern.store.policy.PolicyAnswer.Failure;
import dev.postern.store.policy.PolicyAnswer.NoRoom;
import dev.postern.store.policy.PolicyAnswer.Refuse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** With threads and time that the test moves. */
class QuestionsTest {
  private static final int OF_USER = 8;
  private static final int MOST = 64;
  private static final int SHARING = 5;
  private static final Duration TIMEOUT = Duration.ofMillis(1500);

  private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
  private final List<Alarm> alarms = new ArrayList<>();

  /** What the service was asked, in order; answered by the test. */
  private final Map<String, CompletableFuture<PolicyAnswer>> put = new LinkedHashMap<>();

  private final Questions questions =
      new Questions(
          new Turns.Limits(MOST, OF_USER, 100, 10),
          SHARING,
          TIMEOUT,
          question ->
              Objects.requireNonNull(
                  put.compute(
                      question.client(),
                      (name, before) -> {
                        assertThat(before == null || before.isDone()).as(name).isTrue();
                        return new CompletableFuture<>();
                      })),
          threads::add,
          (delay, action) -> {
            assertThat(delay).isEqualTo(TIMEOUT);
            Alarm alarm = new Alarm(action);
            alarms.add(alarm);
            return () -> alarm.isCalm = true;
          });

  private static final class Alarm {
    final Runnable action;
    boolean isCalm;

    Alarm(Runnable action) {
      this.action = action;
    }
  }

  // ---- a place, or a turn

  @Test
  void eightOfAUserArePutAndTheNinthWhenOneOfThemIsAnswered() {
    List<CompletableFuture<PolicyAnswer>> eight = fill("alice", OF_USER);
    CompletableFuture<PolicyAnswer> ninth = ask("alice", "ninth");
    assertThat(put).hasSize(OF_USER).doesNotContainKey("ninth");

    answer("alice 3", new Allow());

    assertThat(eight.get(3)).isCompletedWithValue(new Allow());
    assertThat(put).containsKey("ninth");
    assertThat(ninth).isNotDone();
    answer("ninth", new Refuse());
    assertThat(ninth).isCompletedWithValue(new Refuse());
    assertThat(eight).filteredOn(CompletableFuture::isDone).hasSize(1);
    assertThat(alarms).filteredOn(alarm -> alarm.isCalm).hasSize(2);
  }

  @Test
  void nothingIsDoneOnTheThreadThatAsks() {
    CompletableFuture<PolicyAnswer> first = questions.ask(question("alice", "first"));
    assertThat(put).isEmpty();
    runThreads();
    assertThat(put).containsKey("first");
    questions.close();
    CompletableFuture<PolicyAnswer> refused = questions.ask(question("alice", "second"));
    assertThat(refused).isNotDone();
    runThreads();
    assertThat(refused).isCompletedWithValue(Questions.CLOSED);
    assertThat(first).isNotDone();
  }

  @Test
  void aUserWithManyWaitingDelaysAnotherByOneTurn() {
    for (int user = 0; user < MOST / OF_USER; user++) {
      fill("user" + user, OF_USER);
    }
    fill("greedy", 10);
    CompletableFuture<PolicyAnswer> modest = ask("modest", "modest");
    assertThat(put).hasSize(MOST);

    answer("user0 0", new Allow());
    assertThat(put).containsKey("greedy 0").doesNotContainKey("modest");
    answer("user0 1", new Allow());
    assertThat(put).containsKey("modest").doesNotContainKey("greedy 1");
    answer("modest", new Allow());
    assertThat(modest).isCompletedWithValue(new Allow());
    assertThat(put).containsKey("greedy 1");
  }

  @Test
  void moreThanMayWaitAreNotAsked() {
    fill("alice", OF_USER + 10);
    assertThat(ask("alice", "one more")).isCompletedWithValueMatching(NoRoom.class::isInstance);
    assertThat(ask("bob", "bob's")).isNotDone();
    assertThat(put).hasSize(OF_USER + 1).containsKey("bob's");
  }

  // ---- in time

  @Test
  void whoseTurnDoesNotComeInTimeIsNotAskedAndTakesNoTurnLater() {
    fill("alice", OF_USER);
    CompletableFuture<PolicyAnswer> ninth = ask("alice", "ninth");
    CompletableFuture<PolicyAnswer> tenth = ask("alice", "tenth");

    passTimeout(OF_USER);

    assertThat(ninth).isCompletedWithValueMatching(NoRoom.class::isInstance);
    answer("alice 0", new Allow());
    assertThat(put).containsKey("tenth").doesNotContainKey("ninth");
    assertThat(tenth).isNotDone();
  }

  @Test
  void aServiceThatHadTheWholeTimeHasFailedAndItsPlaceIsFree() {
    List<CompletableFuture<PolicyAnswer>> eight = fill("alice", OF_USER);
    CompletableFuture<PolicyAnswer> ninth = ask("alice", "ninth");

    passTimeout(0);

    assertThat(eight.getFirst()).isCompletedWithValueMatching(Failure.class::isInstance);
    assertThat(put.get("alice 0")).isCancelled();
    assertThat(put).containsKey("ninth");
    assertThat(ninth).isNotDone();
  }

  /** Otherwise whoever asks often enough would be let in by a gate that is open on failure. */
  @Test
  void oneThatHadLessThanTheWholeTimeHasNotFailed() {
    fill("alice", OF_USER);
    CompletableFuture<PolicyAnswer> ninth = ask("alice", "ninth");
    answer("alice 0", new Allow());
    assertThat(put).containsKey("ninth");

    passTimeout(OF_USER);

    assertThat(ninth).isCompletedWithValueMatching(NoRoom.class::isInstance);
    assertThat(put.get("ninth")).isCancelled();
  }

  @Test
  void aPlaceIsGivenBackOnce() {
    fill("alice", OF_USER);
    passTimeout(0);
    alarms.getFirst().action.run();
    runThreads();
    CompletableFuture<PolicyAnswer> next = ask("alice", "next");
    assertThat(put).containsKey("next");
    CompletableFuture<PolicyAnswer> waits = ask("alice", "waits");
    assertThat(put).doesNotContainKey("waits");
    assertThat(List.of(next, waits)).noneMatch(CompletableFuture::isDone);
  }

  // ---- shared

  @Test
  void theSameAtTheSameTimeIsAskedOnceAndEachHasTheAnswer() {
    List<CompletableFuture<PolicyAnswer>> same = new ArrayList<>();
    for (int i = 0; i < SHARING; i++) {
      same.add(ask("alice", "same"));
    }
    assertThat(put).hasSize(1);
    assertThat(ask("alice", "same")).isCompletedWithValueMatching(NoRoom.class::isInstance);
    assertThat(same.get(0).cancel(true)).isTrue();
    assertThat(same.get(1).complete(new Refuse())).isTrue();

    answer("same", new Allow());

    assertThat(same.subList(2, SHARING))
        .allSatisfy(each -> assertThat(each).isCompletedWithValue(new Allow()));
    assertThat(alarms).hasSize(1);
  }

  @Test
  void aFailureIsSharedAsWell() {
    List<CompletableFuture<PolicyAnswer>> both =
        List.of(ask("alice", "same"), ask("alice", "same"));
    answer("same", new Failure("down"));
    assertThat(both).allSatisfy(each -> assertThat(each).isCompletedWithValue(new Failure("down")));
  }

  @Test
  void oneThatWaitsIsSharedToo() {
    fill("alice", OF_USER);
    List<CompletableFuture<PolicyAnswer>> both =
        List.of(ask("alice", "ninth"), ask("alice", "ninth"));
    answer("alice 0", new Allow());
    answer("ninth", new Refuse());
    assertThat(both).allSatisfy(each -> assertThat(each).isCompletedWithValue(new Refuse()));
  }

  @Test
  void anAnswerIsForgottenWithTheQuestion() {
    ask("alice", "same");
    answer("same", new Allow());
    CompletableFuture<PolicyAnswer> again = ask("alice", "same");
    assertThat(again).isNotDone();
    answer("same", new Refuse());
    assertThat(again).isCompletedWithValue(new Refuse());
  }

  @Test
  void whatDiffersInAnythingIsAnotherQuestion() {
    String[] same = {"id", "user", "ap", "imap", "plain", "192.0.2.7", "none", "phone"};
    for (int part = -1; part < same.length; part++) {
      String[] other = same.clone();
      if (part >= 0) {
        other[part] = "other";
      }
      CompletableFuture<PolicyAnswer> _ =
          questions.ask(
              new PolicyQuestion(
                  other[0], other[1], other[2], other[3], other[4], other[5], other[6], other[7]));
    }
    assertThat(alarms).as("questions").hasSize(same.length + 1);
  }

  // ---- the end

  @Test
  void atTheEndWhatWaitsHasNoRoomAndWhatWasPutIsAnswered() {
    List<CompletableFuture<PolicyAnswer>> eight = fill("alice", OF_USER);
    CompletableFuture<PolicyAnswer> ninth = ask("alice", "ninth");

    questions.close();

    assertThat(ninth).as("on the thread that closes").isNotDone();
    runThreads();
    assertThat(ninth).isCompletedWithValue(Questions.CLOSED);
    answer("alice 0", new Allow());
    passTimeout(1);
    assertThat(eight.get(0)).isCompletedWithValue(new Allow());
    assertThat(eight.get(1)).isCompletedWithValueMatching(Failure.class::isInstance);
    assertThat(put).doesNotContainKey("ninth");
    assertThat(ask("alice", "alice 2")).isCompletedWithValue(Questions.CLOSED);
  }

  private List<CompletableFuture<PolicyAnswer>> fill(String user, int count) {
    List<CompletableFuture<PolicyAnswer>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(ask(user, user + " " + i));
    }
    return answers;
  }

  private CompletableFuture<PolicyAnswer> ask(String user, String name) {
    CompletableFuture<PolicyAnswer> answer = questions.ask(question(user, name));
    runThreads();
    return answer;
  }

  private void answer(String name, PolicyAnswer answer) {
    assertThat(Objects.requireNonNull(put.get(name)).complete(answer)).as(name).isTrue();
    runThreads();
  }

  /** Of the question that was asked so many others later. */
  private void passTimeout(int number) {
    assertThat(alarms.get(number).isCalm).isFalse();
    alarms.get(number).action.run();
    runThreads();
  }

  private void runThreads() {
    while (!threads.isEmpty()) {
      threads.removeFirst().run();
    }
  }

  private static PolicyQuestion question(String user, String name) {
    return new PolicyQuestion(user, user, "ap_1", "imap", "plain", "192.0.2.7", "TLSv1.3", name);
  }
}
