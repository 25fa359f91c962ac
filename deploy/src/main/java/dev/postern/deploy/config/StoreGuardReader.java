package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.gateway.GatewayConfig;
import dev.postern.store.StoreConfig.GuardRules;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.Secret;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.policy.PolicyHook;
import dev.postern.store.policy.PolicyHook.OnFailure;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what of {@code guard} is the store's: throttle, lists of networks, policy service. */
final class StoreGuardReader {
  private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(50);
  private static final Duration TIMEOUT = Duration.ofMillis(1500);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(10);
  private static final int MOST = 1_000_000;
  private static final URI NOWHERE = URI.create("https://localhost");

  private static final Map<String, OnFailure> ON_FAILURE =
      Stream.of(OnFailure.values()).collect(Collectors.toMap(OnFailure::word, word -> word));

  private final List<InlineSecret> inlineSecrets = new ArrayList<>();

  /** Secrets that stand in the configuration file itself, once it has been read. */
  List<InlineSecret> inlineSecrets() {
    return List.copyOf(inlineSecrets);
  }

  GuardRules read(Section guard, PassThrough passThrough) {
    return new GuardRules(
        throttle(guard.section("throttle")),
        guard.list("allow", StoreGuardReader::network),
        guard.list("deny", StoreGuardReader::network),
        guard.has("policy") ? Optional.of(policy(guard.section("policy"))) : Optional.empty(),
        passThrough);
  }

  /** A client that is gone before its answer is not slowed down by it. */
  static void requireShorter(Section guard, ThrottleRules rules, Duration deadline) {
    Section throttle = guard.section("throttle");
    if (throttle.has("longest-delay") && rules.longestDelay().compareTo(deadline) >= 0) {
      throttle.problem(
          "longest-delay",
          "is as long as a client has for its login, or longer",
          "write less than before-login.deadline, which is " + text(deadline));
    }
  }

  /** A refusal of a right secret that comes later than others tells that the secret is right. */
  static void warnOfLateRefusals(
      Section guard, GuardRules rules, Duration failureDelay, Problems warnings) {
    rules
        .policy()
        .map(PolicyHook::timeout)
        .filter(timeout -> timeout.compareTo(failureDelay) >= 0)
        .ifPresent(_ -> {
          Section policy = guard.section("policy");
          warnings.add(
              policy.at("timeout"),
              policy.pathOf("timeout"),
              "lets the service refuse a right password later than a wrong one is refused",
              "write less than guard.failure-delay, which is " + text(failureDelay));
        });
  }

  /** Such a file may be meant: it may exempt some of them again. */
  static void warnOfOwnNetworks(
      Section guard, GuardRules rules, GatewayConfig gateway, Problems warnings) {
    if (rules.deny().isEmpty()) {
      return;
    }
    OwnNetworks own = OwnNetworks.of(gateway);
    rules.deny().stream()
        .map(own::objection)
        .flatMap(Optional::stream)
        .forEach(objection ->
            warnings.add(
                guard.at("deny"),
                guard.pathOf("deny"),
                objection,
                "write a narrower network, unless that is meant"));
  }

  private static String text(Duration duration) {
    return DurationText.format(duration);
  }

  private static ThrottleRules throttle(Section section) {
    ThrottleRules defaults = ThrottleRules.DEFAULT;
    ValueReader<Duration> delay = Values.duration(Duration.ZERO, LONGEST_DELAY);
    int guesses =
        section.withDefault("guesses-per-hour", Values.integer(2, MOST), defaults.guessesPerHour());
    int free = section.withDefault("free", Values.integer(1, MOST), defaults.free());
    Duration first = section.withDefault("first-delay", delay, defaults.firstDelay());
    Duration longest = section.withDefault("longest-delay", delay, defaults.longestDelay());
    int strangers =
        section.withDefault(
            "strangers-per-hour", Values.integer(1, MOST), defaults.strangersPerHour());
    if (first.compareTo(longest) > 0) {
      section.problem(
          section.has("first-delay") ? "first-delay" : "longest-delay",
          "makes the first delay (" + text(first) + ") longer than the longest",
          "write a first-delay of at most " + text(longest));
    }
    section.end(Set.of());
    return new ThrottleRules(guesses, free, first, longest, strangers);
  }

  private static Cidr network(String text) throws BadValue {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException _) {
      throw new BadValue(
          "\"" + text + "\" is not a network, or has bits behind its prefix",
          "write one such as \"198.51.100.0/24\"");
    }
  }

  private PolicyHook policy(Section section) {
    if (section.isWrittenHere("token")) {
      inlineSecrets.add(new InlineSecret(section.at("token"), section.pathOf("token")));
    }
    URI url =
        section.required(
            "url", StoreGuardReader::url, "write where to ask, such as https://…", NOWHERE);
    section.require("on-failure", "write allow or refuse: what happens without an answer");
    PolicyHook hook =
        new PolicyHook(
            url,
            section.withDefault(
                "timeout", Values.duration(SHORTEST_TIMEOUT, PolicyHook.LONGEST_TIMEOUT), TIMEOUT),
            section.withDefault("on-failure", Values.word(ON_FAILURE, List.of()), OnFailure.REFUSE),
            token(section));
    section.end(Set.of());
    return hook;
  }

  private static Optional<Secret> token(Section section) {
    Optional<Secret> token = section.optionalSecret("token");
    if (!token.map(PolicyHook::isFit).orElse(true)) {
      section.problem(
          "token", "is nothing that a header can hold", "write one line of visible ASCII");
      return Optional.empty();
    }
    return token;
  }

  private static URI url(String text) throws BadValue {
    String remedy = "write https://HOST/PATH, or http:// on this machine";
    try {
      URI url = new URI(text);
      if (!PolicyHook.isFit(url)) {
        throw new BadValue("\"" + text + "\" is not where a policy service may be", remedy);
      }
      return url;
    } catch (URISyntaxException _) {
      throw new BadValue("\"" + text + "\" is not a URL", remedy);
    }
  }
}
