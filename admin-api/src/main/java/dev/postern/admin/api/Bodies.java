package dev.postern.admin.api;

import dev.postern.store.DurationWords;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads members of bodies that fit their schema, where a schema cannot say it all. */
final class Bodies {
  private Bodies() {}

  /**
   * Networks.
   *
   * @throws Refusal {@code INVALID} with the place of each that is none
   */
  static List<Cidr> networks(Call call, String member) {
    List<Cidr> networks = new ArrayList<>();
    List<Refusal.Fault> faults = new ArrayList<>();
    List<String> texts = call.memberTexts(member);
    for (int i = 0; i < texts.size(); i++) {
      try {
        networks.add(Cidr.parse(texts.get(i)));
      } catch (IllegalArgumentException bad) {
        faults.add(new Refusal.Fault("/" + member + "/" + i, String.valueOf(bad.getMessage())));
      }
    }
    if (!faults.isEmpty()) {
      throw invalid(faults);
    }
    return networks;
  }

  /** A network that is a parameter or a member. */
  static Cidr network(String text, ProblemType type, String place) {
    try {
      return Cidr.parse(text);
    } catch (IllegalArgumentException bad) {
      throw Refusal.of(
          type,
          "That is no network.",
          List.of(new Refusal.Fault(place, String.valueOf(bad.getMessage()))));
    }
  }

  static Set<Scope> scopes(Call call, String member) {
    return call.memberTexts(member).stream()
        .flatMap(word -> Scope.ofWord(word).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  static Optional<Instant> moment(Call call, String member) {
    return call.memberText(member)
        .map(text -> {
          try {
            return Instants.parse(text);
          } catch (Refusal _) {
            throw invalid(List.of(new Refusal.Fault("/" + member, "write 2027-01-31T12:00:00Z")));
          }
        });
  }

  static Optional<Duration> duration(Call call, String member) {
    return call.memberText(member).flatMap(DurationWords::parse);
  }

  private static Refusal invalid(List<Refusal.Fault> faults) {
    return Refusal.of(ProblemType.INVALID, "Some values cannot be.", faults);
  }
}
