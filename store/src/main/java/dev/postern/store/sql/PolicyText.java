package dev.postern.store.sql;

import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StorageForm;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rules as they are stored: {@code limit=10 form=argon2id networks=192.0.2.0/24}, one word for each
 * rule that is there, times in milliseconds. What this version does not know it does not read: a
 * rule that is left out could be one that forbids.
 */
final class PolicyText {
  private static final String NEVER = "never";

  private PolicyText() {}

  static String print(PolicyRules rules) {
    StringJoiner text = new StringJoiner(" ");
    rules.mayCreate().ifPresent(may -> text.add("may-create=" + (may ? "yes" : "no")));
    rules.limit().ifPresent(limit -> text.add("limit=" + limit));
    rules.length().ifPresent(length -> text.add("length=" + length));
    rules.form().ifPresent(form -> text.add("form=" + form.word()));
    rules
        .scopes()
        .ifPresent(scopes ->
            text.add(
                "scopes="
                    + new TreeSet<>(scopes)
                        .stream().map(Scope::word).collect(Collectors.joining(","))));
    rules
        .networks()
        .ifPresent(networks ->
            text.add(
                "networks="
                    + networks.stream().map(Cidr::toString).collect(Collectors.joining(","))));
    rules.expiresAfter().ifPresent(after -> text.add("expires-after=" + print(after)));
    rules.idleExpiresAfter().ifPresent(after -> text.add("idle-expires-after=" + print(after)));
    rules.unusedExpiresAfter().ifPresent(after -> text.add("unused-expires-after=" + print(after)));
    return text.toString();
  }

  /**
   * Reads what {@link #print} wrote.
   *
   * @throws RuntimeException if it is something else
   */
  static PolicyRules parse(String text) {
    Map<String, String> words = new LinkedHashMap<>();
    for (String word : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals < 0 || words.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("no rule, or one twice");
      }
    }
    PolicyRules rules =
        new PolicyRules(
            take(words, "may-create", PolicyText::truth),
            take(words, "limit", Integer::valueOf),
            take(words, "length", Integer::valueOf),
            take(words, "form", word -> StorageForm.ofWord(word).orElseThrow()),
            take(
                words,
                "scopes",
                list ->
                    Stream.of(list.split(",", -1))
                        .map(word -> Scope.ofWord(word).orElseThrow())
                        .collect(Collectors.toSet())),
            take(
                words,
                "networks",
                list ->
                    list.isEmpty()
                        ? List.of()
                        : Stream.of(list.split(",", -1)).map(Cidr::parse).toList()),
            take(words, "expires-after", PolicyText::lifetime),
            take(words, "idle-expires-after", PolicyText::lifetime),
            take(words, "unused-expires-after", PolicyText::lifetime));
    if (!words.isEmpty()) {
      throw new IllegalArgumentException("an unknown rule");
    }
    return rules;
  }

  private static <T> Optional<T> take(
      Map<String, String> words, String name, Function<String, T> reader) {
    return Optional.ofNullable(words.remove(name)).map(reader);
  }

  private static boolean truth(String word) {
    return switch (word) {
      case "yes" -> true;
      case "no" -> false;
      default -> throw new IllegalArgumentException("neither yes nor no");
    };
  }

  private static Lifetime lifetime(String word) {
    return word.equals(NEVER)
        ? Lifetime.ENDLESS
        : new Lifetime(Optional.of(Duration.ofMillis(Long.parseLong(word))));
  }

  private static String print(Lifetime lifetime) {
    return lifetime.after().map(after -> String.valueOf(after.toMillis())).orElse(NEVER);
  }
}
