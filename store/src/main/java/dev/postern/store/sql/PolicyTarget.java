package dev.postern.store.sql;

import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A subject of policies and the key under which its policy is kept. That of a user is kept under
 * the user's id, so that nobody inherits it with the name.
 *
 * @param key a user's id, a group's or domain's name, or nothing
 */
record PolicyTarget(PolicySubject subject, String key) {
  /** Whose policies are for that user, narrowest first. */
  static List<PolicyTarget> ofUser(User user) {
    List<PolicyTarget> targets = new ArrayList<>();
    targets.add(new PolicyTarget(new PolicySubject.OfUser(user.name()), user.id()));
    user.group().map(group -> wide(new PolicySubject.OfGroup(group))).ifPresent(targets::add);
    domain(user.name())
        .map(domain -> wide(new PolicySubject.OfDomain(domain)))
        .ifPresent(targets::add);
    targets.add(wide(new PolicySubject.OfSite()));
    return targets;
  }

  /** Of a subject that is no user. */
  static PolicyTarget wide(PolicySubject subject) {
    return new PolicyTarget(subject, subject.name());
  }

  /** What its row is called, in alarms and where rows of several subjects are told apart. */
  String row() {
    return subject.kind() + "/" + key;
  }

  private static Optional<String> domain(String name) {
    int at = name.lastIndexOf('@');
    return at < 0 ? Optional.empty() : Optional.of(name.substring(at + 1));
  }
}
