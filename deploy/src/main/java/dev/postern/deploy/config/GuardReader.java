package dev.postern.deploy.config;

import dev.postern.gateway.Caps;
import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.Drain;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads what of {@code guard} is the gateway's, and ends the section. */
final class GuardReader {
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(1);

  /** More than any machine has descriptors for. */
  static final int MOST_CONNECTIONS = 10_000_000;

  private static final int MOST_LOGINS = 1_000_000;

  private final Limits limits;
  private final Caps caps;
  private final CredentialBudget budget;
  private final Drain drain;

  /**
   * @param guard read by the store's reader as well, before; ended here
   */
  GuardReader(Section guard) {
    Section before = guard.section("before-login");
    this.limits = limits(guard, before);
    this.caps = caps(guard.section("sessions"), before, trustedClients(guard));
    this.budget = budget(guard.section("per-credential"));
    this.drain = drain(guard.section("drain"));
    before.end(Set.of());
    guard.end(Set.of());
  }

  Limits limits() {
    return limits;
  }

  Caps caps() {
    return caps;
  }

  CredentialBudget budget() {
    return budget;
  }

  Drain drain() {
    return drain;
  }

  private static Limits limits(Section guard, Section before) {
    Limits defaults = Limits.DEFAULT;
    Duration failureDelay =
        guard.withDefault(
            "failure-delay",
            Values.duration(Duration.ZERO, Duration.ofMinutes(1)),
            defaults.failureDelay());
    Duration deadline =
        before.withDefault(
            "deadline", Values.duration(SHORTEST, LONGEST), defaults.beforeLoginDeadline());
    Duration idle =
        before.withDefault("idle", Values.duration(SHORTEST, LONGEST), defaults.beforeLoginIdle());
    int errors =
        before.withDefault("errors", Values.integer(1, 1000), defaults.beforeLoginErrors());
    Section idleSection = guard.section("relay-idle");
    Map<Scope, Duration> relayIdle = new EnumMap<>(defaults.relayIdle());
    for (Scope scope : List.of(Scope.IMAP, Scope.SUBMISSION, Scope.POP3)) {
      idleSection
          .optional(scope.word(), Values.duration(SHORTEST, LONGEST))
          .ifPresent(value -> relayIdle.put(scope, value));
    }
    idleSection.end(Set.of());
    return new Limits(failureDelay, deadline, idle, errors, relayIdle);
  }

  private static Caps caps(Section sessions, Section before, List<Cidr> trustedClients) {
    Caps defaults = Caps.DEFAULT;
    Caps caps =
        new Caps(
            cap(sessions, "per-credential", defaults.perCredential()),
            cap(sessions, "per-user", defaults.perUser()),
            cap(sessions, "per-user-and-network", defaults.perUserAndNetwork()),
            capOrAuto(sessions, "total"),
            cap(before, "per-address", defaults.perAddress()),
            cap(before, "per-known-network", defaults.perKnownNetwork()),
            capOrAuto(before, "total"),
            trustedClients);
    sessions.end(Set.of());
    return caps;
  }

  private static Drain drain(Section section) {
    Drain drain =
        new Drain(
            section.withDefault(
                "before-login",
                Values.duration(Duration.ZERO, LONGEST),
                Drain.DEFAULT.beforeLogin()),
            section.withDefault(
                "relays", Values.duration(Duration.ZERO, LONGEST), Drain.DEFAULT.relays()));
    section.end(Set.of());
    return drain;
  }

  private static int cap(Section section, String key, int fallback) {
    return section.withDefault(key, Values.integer(1, MOST_CONNECTIONS), fallback);
  }

  private static OptionalInt capOrAuto(Section section, String key) {
    return section.withDefault(
        key,
        text ->
            text.equals("auto")
                ? OptionalInt.empty()
                : OptionalInt.of(Values.integer(1, MOST_CONNECTIONS).read(text)),
        OptionalInt.empty());
  }

  private static List<Cidr> trustedClients(Section guard) {
    return guard.list("trusted-clients", GuardReader::network);
  }

  private static Cidr network(String text) throws BadValue {
    Optional<Cidr> network = parsed(text);
    if (network.filter(some -> some.prefix() > 0).isEmpty()) {
      throw new BadValue(
          "\"" + text + "\" is not a network of programs that you run",
          "write one such as \"192.0.2.10/32\"");
    }
    return network.get();
  }

  private static Optional<Cidr> parsed(String text) {
    try {
      return Optional.of(Cidr.parse(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static CredentialBudget budget(Section section) {
    CredentialBudget defaults = CredentialBudget.DEFAULT;
    CredentialBudget budget =
        new CredentialBudget(
            section.withDefault(
                "logins-per-minute",
                text ->
                    text.equals("never")
                        ? OptionalInt.empty()
                        : OptionalInt.of(Values.integer(1, MOST_LOGINS).read(text)),
                defaults.loginsPerMinute()),
            section.withDefault("up-per-day", SizeText::parseOrNever, defaults.upPerDay()),
            section.withDefault("down-per-day", SizeText::parseOrNever, defaults.downPerDay()));
    section.end(Set.of());
    return budget;
  }
}
