package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.PassThrough.Mode;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * People's own passwords at the upstream, while a site moves in: who may still use his, and what is
 * to be done once the upstream has judged it. A secret that can be an app password never goes
 * there, in whatever spelling. Safe for use by several threads.
 */
public final class OwnPasswords {
  private static final Logger log = LoggerFactory.getLogger(OwnPasswords.class);

  /** In bytes, RFC 4616 §2; with no character that a line of a protocol cannot carry. */
  private static final int LONGEST = 255;

  /** Whoever logs in five times at once for the first time is one user all the same. */
  private static final Duration NEWCOMERS = Duration.ofMinutes(10);

  private static final int MOST_NEWCOMERS = 10_000;

  /** One who was just told is not asked about again before that. */
  private static final Duration TOLD = Duration.ofHours(1);

  private static final int MOST_TOLD = 100_000;

  /** One that was just refused is not sent again. */
  private static final Duration REFUSED = Duration.ofMinutes(1);

  private static final int MOST_REFUSED = 100_000;

  /**
   * What a name must be that nobody has here: servers read more out of others, such as a mailbox
   * behind a separator.
   */
  private static final Pattern PLAIN = Pattern.compile("[a-z0-9._-]+@[a-z0-9.-]+");

  private final Supplier<PassThrough> rules;
  private final OwnPasswordBook book;
  private final RandomGenerator random;
  private final Clock clock;
  private final Cache<String, String> newcomers;
  private final Cache<String, CompletableFuture<Boolean>> enrolments;
  private final Cache<Told, Boolean> told;
  private final Cache<Long, Boolean> refused;
  private final UnderJudgement underJudgement = new UnderJudgement();

  private record Told(String userId, Scope protocol) {}

  /**
   * @param rules those of now
   * @param random for the ids of new users
   */
  public OwnPasswords(
      Supplier<PassThrough> rules,
      OwnPasswordBook book,
      RandomGenerator random,
      Clock clock,
      Ticker ticker) {
    this.rules = rules;
    this.book = book;
    this.random = random;
    this.clock = clock;
    this.newcomers = remembering(MOST_NEWCOMERS, NEWCOMERS, ticker);
    this.enrolments = remembering(MOST_NEWCOMERS, NEWCOMERS, ticker);
    this.told = remembering(MOST_TOLD, TOLD, ticker);
    this.refused = remembering(MOST_REFUSED, REFUSED, ticker);
  }

  private static <K, V> Cache<K, V> remembering(int most, Duration time, Ticker ticker) {
    return Caffeine.newBuilder().maximumSize(most).expireAfterWrite(time).ticker(ticker).build();
  }

  /** Whether it is worth a look-up whose a secret is that cannot be an app password. */
  boolean mayBeTaken(String name) {
    return rules.get().mayName(name);
  }

  /**
   * What the upstream is to be asked for.
   *
   * @param match as {@link KeyedDigest#compare} says it: only what cannot be an app password goes
   *     there
   * @param widest the last of the names that the one that was typed may stand for
   * @return empty if it is nobody's whose own password may be taken, or nobody there judges it
   */
  Optional<Grant> grant(CachedUser user, int match, Attempt attempt, String widest) {
    PassThrough current = rules.get();
    if (match != KeyedCheck.WRONG_SHAPE
        || attempt.lane() != Lane.ORDINARY
        || !current.isOpen()
        || !canTravel(attempt.secret())
        || AppPasswordLikeness.isIn(attempt.secret())) {
      return Optional.empty();
    }
    if (user.isNobody()) {
      return Optional.of(widest)
          .filter(name -> PLAIN.matcher(name).matches())
          .flatMap(LoginName::parse)
          .filter(LoginName::fitsUser)
          .filter(name -> isOpen(current.mode(name.value(), Optional.empty())))
          .map(this::newcomer)
          .filter(attempt.judges()::hasOneFor);
    }
    return !user.isDisabled() && isOpen(current.mode(user.name(), user.group()))
        ? Optional.of(user.ownGrant()).filter(attempt.judges()::hasOneFor)
        : Optional.empty();
  }

  private Grant newcomer(LoginName name) {
    String id =
        newcomers.get(
            name.value(), _ -> new UserId(random.nextLong(), random.nextLong()).toString());
    return new Grant(
        id,
        name.value(),
        Grant.ownPassword(id),
        Optional.empty(),
        name.value(),
        false,
        Map.of(),
        Optional.empty());
  }

  /** Whether sessions with the user's own password may go on. */
  Standing standing(CachedUser user) {
    if (user.isDisabled()) {
      return new Standing.Ended(RejectReason.USER_DISABLED);
    }
    return isOpen(rules.get().mode(user.name(), user.group()))
        ? new Standing.Holds(EnumSet.allOf(Scope.class), List.of(), Optional.empty())
        : new Standing.Ended(RejectReason.WRONG_SHAPE);
  }

  /** Whether the upstream has refused that one just now. */
  boolean wasRefused(Trial trial, CachedUser user) {
    return refused.getIfPresent(trial.mark(user)) != null;
  }

  /**
   * The login, on its way to the upstream; takes a copy of the secret along. Empty if too many are
   * on their way.
   */
  Optional<Delegation> delegation(Trial trial, CachedUser user, Grant grant, AttemptNotes notes) {
    return underJudgement.enter(grant.userId())
        ? Optional.of(new Asked(trial, user, grant, trial.attempt().secret().copy(), notes))
        : Optional.empty();
  }

  private final class Asked implements Delegation {
    private final Trial trial;
    private final CachedUser user;
    private final Grant grant;
    private final Secret secret;
    private final AttemptNotes notes;
    private final AtomicBoolean isOver = new AtomicBoolean();

    Asked(Trial trial, CachedUser user, Grant grant, Secret secret, AttemptNotes notes) {
      this.trial = trial;
      this.user = user;
      this.grant = grant;
      this.secret = secret;
      this.notes = notes;
    }

    @Override
    public Grant grant() {
      return grant;
    }

    @Override
    public Secret secret() {
      return secret;
    }

    /** It is not under judgement any more. */
    private void over() {
      if (isOver.compareAndSet(false, true)) {
        underJudgement.leave(grant.userId());
      }
    }

    @Override
    public CompletionStage<Taken> taken() {
      over();
      AuthOutcome outcome = trial.throttled(user, new Accepted(grant));
      return (user.isNobody() ? enrolled() : CompletableFuture.completedFuture(true))
          .thenCompose(isUser -> isUser ? noticed(outcome) : unknown());
    }

    /** Once for each id: one that was removed since must not come back. */
    private CompletableFuture<Boolean> enrolled() {
      return enrolments.get(
          grant.userId(),
          id ->
              book.enrol(LoginName.ofNormalised(grant.user()), id)
                  .exceptionally(failure -> {
                    log.warn("a user whose own password is good could not be added", failure);
                    return false;
                  })
                  .whenComplete((_, _) -> newcomers.invalidate(grant.user())));
    }

    /** The next attempt may find a user. */
    private CompletionStage<Taken> unknown() {
      notes.ownPassword(trial.attempt(), grant, new Unavailable(Trouble.DATABASE), clock.instant());
      return CompletableFuture.completedFuture(new Taken(new Unavailable(Trouble.DATABASE), false));
    }

    private CompletionStage<Taken> noticed(AuthOutcome outcome) {
      notes.ownPassword(trial.attempt(), grant, outcome, clock.instant());
      return isNoticeDue().thenApply(isDue -> new Taken(outcome, isDue));
    }

    private CompletableFuture<Boolean> isNoticeDue() {
      Told who = new Told(grant.userId(), trial.attempt().scope());
      boolean isWarned =
          rules.get().mode(grant.user(), user.group()).filter(Mode.WARN::equals).isPresent();
      if (!isWarned || told.asMap().putIfAbsent(who, true) != null) {
        return CompletableFuture.completedFuture(false);
      }
      return book.isNoticeDue(who.userId(), who.protocol())
          .exceptionally(_ -> {
            told.invalidate(who); // the database is away: another login may ask
            return false;
          });
    }

    @Override
    public AuthOutcome refused() {
      over();
      refused.put(trial.mark(user), true);
      AuthOutcome outcome = trial.throttled(user, new Rejected(RejectReason.OWN_PASSWORD_REFUSED));
      notes.ownPassword(trial.attempt(), grant, outcome, clock.instant());
      return outcome;
    }

    @Override
    public void unanswered() {
      over();
    }

    @Override
    public void abandoned() {
      over();
      AuthOutcome _ = trial.throttled(user, new Rejected(RejectReason.OWN_PASSWORD_REFUSED));
      notes.unjudged(trial.attempt(), grant, clock.instant());
    }
  }

  private static boolean isOpen(Optional<Mode> mode) {
    return mode.filter(Mode::isOpen).isPresent();
  }

  private static boolean canTravel(Secret secret) {
    return secret.expose(bytes -> {
      boolean isUnfit = bytes.length == 0 || bytes.length > LONGEST;
      for (byte each : bytes) {
        isUnfit |= (each >= 0 && each < ' ') || each == 0x7f;
      }
      return !isUnfit;
    });
  }
}
