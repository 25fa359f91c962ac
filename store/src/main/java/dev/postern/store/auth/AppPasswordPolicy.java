package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What an app password of somebody may be: each rule from the narrowest policy that has it, and
 * otherwise from the configuration. Fills in what was left open.
 */
public record AppPasswordPolicy(
    Rule<Boolean> mayCreate,
    Rule<Integer> limit,
    Rule<Integer> length,
    Rule<StorageForm> form,
    Rule<Set<Scope>> scopes,
    Rule<List<Cidr>> networks,
    Rule<Lifetime> expiresAfter,
    Rule<Lifetime> idleExpiresAfter,
    Rule<Lifetime> unusedExpiresAfter) {
  public static final int MOST_NETWORKS = 64;

  /** Nothing is made that ends later than in that time. */
  public static final Duration LONGEST = Duration.ofDays(100 * 365);

  public static final int LONGEST_LABEL = 64;
  public static final int LONGEST_REASON = 200;

  /**
   * One rule in force.
   *
   * @param from whose policy says so; empty: the configuration
   */
  public record Rule<T>(T value, Optional<PolicySubject> from) {
    String words() {
      return from.map(subject -> "the policy of " + subject.words()).orElse("the configuration");
    }
  }

  /** The policy of one subject. */
  public record Source(PolicySubject subject, PolicyRules rules) {}

  /**
   * What is in force.
   *
   * @param base what holds where no policy says anything
   * @param sources narrowest first
   */
  public static AppPasswordPolicy resolve(AppPasswordRules base, List<Source> sources) {
    return new AppPasswordPolicy(
        rule(sources, PolicyRules::mayCreate, true),
        rule(sources, PolicyRules::limit, base.limit()),
        rule(sources, PolicyRules::length, base.length()),
        rule(sources, PolicyRules::form, base.form()),
        rule(sources, PolicyRules::scopes, Set.of(Scope.values())),
        rule(sources, PolicyRules::networks, List.of()),
        rule(sources, PolicyRules::expiresAfter, new Lifetime(base.expiresAfter())),
        rule(sources, PolicyRules::idleExpiresAfter, new Lifetime(base.idleExpiresAfter())),
        rule(sources, PolicyRules::unusedExpiresAfter, new Lifetime(base.unusedExpiresAfter())));
  }

  private static <T> Rule<T> rule(
      List<Source> sources, Function<PolicyRules, Optional<T>> which, T base) {
    for (Source source : sources) {
      Optional<T> value = which.apply(source.rules());
      if (value.isPresent()) {
        return new Rule<>(value.get(), Optional.of(source.subject()));
      }
    }
    return new Rule<>(base, Optional.empty());
  }

  /**
   * Refuses to make one for a user who may have none.
   *
   * @throws RefusedException {@code STATE}
   */
  public void requireCreation(User user) {
    requireUnprotected(user);
    if (!mayCreate.value()) {
      throw new RefusedException(
          Code.STATE,
          mayCreate.words() + " allows no new app passwords for " + user.name(),
          "See: postern policy show --user " + user.name() + ".");
    }
  }

  /**
   * Refuses to make anything for a protected user, or to widen it.
   *
   * @throws RefusedException {@code STATE}
   */
  public static void requireUnprotected(User user) {
    if (user.isProtected()) {
      throw new RefusedException(
          Code.STATE,
          "the user "
              + user.name()
              + " is protected: nobody makes app passwords for this user or widens them",
          "If that is no longer meant: postern user set " + user.name() + " --not-protected.");
    }
  }

  /**
   * Refuses one more than a user may have.
   *
   * @param active how many there would be
   * @throws RefusedException {@code LIMIT}
   */
  public void requireRoom(User user, int active) {
    if (active > limit.value()) {
      throw new RefusedException(
          Code.LIMIT,
          "the user "
              + user.name()
              + " has "
              + limit.value()
              + " app passwords, as many as allowed",
          "Revoke one that is not needed any more.");
    }
  }

  /**
   * What will be created.
   *
   * @throws RefusedException {@code INVALID} with what would be right
   */
  public Terms terms(NewAppPassword spec, Instant now) {
    Set<Scope> allowedScopes = allowedScopes(spec.scopes());
    List<Cidr> allowedNetworks = allowedNetworks(spec.networks());
    spec.lane().require(allowedScopes, allowedNetworks);
    return new Terms(
        label(spec.label()),
        allowedScopes,
        allowedNetworks,
        spec.loginName().map(AppPasswordPolicy::ownLoginName),
        spec.expiresAt()
            .map(at -> allowedExpiry(at, now, now))
            .or(() -> latest(now).map(AppPasswordPolicy::toMillis)),
        spec.idleExpiry().map(this::allowedIdleExpiry).or(idleExpiresAfter.value()::after),
        unusedExpiry(now),
        spec.lane());
  }

  /**
   * What a new secret in place of an old one will be: the same, as far as it is allowed now.
   *
   * @throws RefusedException {@code STATE} if that is not enough for what the old one is for
   */
  public Terms successor(AppPassword old, Instant now) {
    return new Successor(this, old).terms(now);
  }

  Optional<Instant> unusedExpiry(Instant now) {
    return unusedExpiresAfter.value().after().map(now::plus).map(AppPasswordPolicy::toMillis);
  }

  /**
   * Those of the protocols that are allowed.
   *
   * @throws RefusedException {@code INVALID} if that is not what was asked for: no sending, or no
   *     way to read at all. Reading over one protocol instead of two is still reading
   */
  Set<Scope> allowedScopes(Set<Scope> wanted) {
    if (wanted.isEmpty()) {
      throw invalid("an app password for nothing is of no use", "Name at least one protocol.");
    }
    return enough(wanted)
        .orElseThrow(() -> invalid(allowedWords(), "Ask for that: --for send, or --for read."));
  }

  /** Those of the protocols that are allowed, if sending and reading go on where wanted. */
  Optional<Set<Scope>> enough(Set<Scope> wanted) {
    Set<Scope> allowed = EnumSet.copyOf(wanted);
    allowed.retainAll(scopes.value());
    boolean mayRead = allowed.contains(Scope.IMAP) || allowed.contains(Scope.POP3);
    boolean wantsToRead = wanted.contains(Scope.IMAP) || wanted.contains(Scope.POP3);
    boolean cannotSend = wanted.contains(Scope.SUBMISSION) && !allowed.contains(Scope.SUBMISSION);
    return cannotSend || (wantsToRead && !mayRead) ? Optional.empty() : Optional.of(allowed);
  }

  String allowedWords() {
    return scopes.words()
        + " allows "
        + scopes.value().stream().sorted().map(Scope::word).collect(Collectors.joining(" and "))
        + " alone";
  }

  /** The networks, which lie within those of the policy; those of the policy if there are none. */
  List<Cidr> allowedNetworks(List<Cidr> wanted) {
    if (wanted.size() > MOST_NETWORKS) {
      throw invalid("there are more than " + MOST_NETWORKS + " networks", "Join some of them.");
    }
    if (wanted.isEmpty()) {
      return networks.value();
    }
    for (Cidr network : wanted) {
      if (!Cidr.isWithin(network, networks.value())) {
        throw invalid(
            network + " is not within the networks that " + networks.words() + " allows",
            "Stay within "
                + networks.value().stream().map(Cidr::toString).collect(Collectors.joining(", "))
                + ".");
      }
    }
    return wanted;
  }

  /**
   * An expiry that is not too late.
   *
   * @param madeAt when the app password was made: its life is counted from then
   */
  Instant allowedExpiry(Instant at, Instant madeAt, Instant now) {
    Instant latest = latest(madeAt).orElse(now.plus(LONGEST));
    requireFuture(at, now);
    if (at.isAfter(latest)) {
      throw invalid(
          "the expiry " + at + " is later than " + expiresAfter.words() + " allows",
          "Name a moment before " + toMillis(latest) + ".");
    }
    return toMillis(at);
  }

  /** An idle expiry that is not too long. */
  Duration allowedIdleExpiry(Duration wanted) {
    Duration longest = idleExpiresAfter.value().after().orElse(LONGEST);
    if (wanted.compareTo(longest) > 0 || wanted.compareTo(Duration.ofMillis(1)) < 0) {
      throw invalid(
          "the idle expiry must be longer than nothing and at most "
              + (longest.toDays() > 0 ? longest.toDays() + " days" : longest.toSeconds() + " s")
              + ", says "
              + idleExpiresAfter.words(),
          "Name a time in between.");
    }
    return wanted;
  }

  /** Checks the reason of a suspension or revocation. */
  public static String reason(String reason) {
    return text(reason, LONGEST_REASON, "the reason");
  }

  static String label(String label) {
    return text(label, LONGEST_LABEL, "the label");
  }

  static void requireFuture(Instant at, Instant now) {
    if (!at.isAfter(now)) {
      throw invalid("the expiry " + at + " is in the past", "Name a moment in the future.");
    }
  }

  private static LoginName ownLoginName(String typed) {
    return LoginName.parse(typed)
        .filter(LoginName::fitsAppPassword)
        .orElseThrow(() ->
            invalid(
                "that cannot be the login name of an app password",
                "Use 1 to 20 characters without @, spaces and control characters."));
  }

  Optional<Instant> latest(Instant madeAt) {
    return expiresAfter.value().after().map(madeAt::plus);
  }

  /**
   * One line of text for people, without spaces around it.
   *
   * @param what for the message, such as {@code the label}
   * @throws RefusedException {@code INVALID} if it is not 1 to {@code longest} characters, or not
   *     of one line
   */
  public static String text(String typed, int longest, String what) {
    String text = typed.strip();
    int length = text.codePointCount(0, text.length());
    if (length < 1 || length > longest || text.codePoints().anyMatch(AppPasswordPolicy::isUnfit)) {
      throw invalid(
          what + " must be 1 to " + longest + " characters without control characters",
          "Choose a short plain text.");
    }
    return text;
  }

  /** Control characters, line ends, halves of surrogate pairs, and what turns text around. */
  private static boolean isUnfit(int codePoint) {
    return Character.isISOControl(codePoint)
        || (codePoint >= 0x202a && codePoint <= 0x202e)
        || (codePoint >= 0x2066 && codePoint <= 0x2069)
        || switch (Character.getType(codePoint)) {
          case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
          default -> false;
        };
  }

  static Instant toMillis(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS);
  }

  static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(Code.INVALID, detail, remedy);
  }

  /**
   * What was asked for, checked and completed.
   *
   * @param unusedExpiresAt it ends then unless it was used before
   */
  public record Terms(
      String label,
      Set<Scope> scopes,
      List<Cidr> networks,
      Optional<LoginName> loginName,
      Optional<Instant> expiresAt,
      Optional<Duration> idleExpiry,
      Optional<Instant> unusedExpiresAt,
      Lane lane) {}
}
