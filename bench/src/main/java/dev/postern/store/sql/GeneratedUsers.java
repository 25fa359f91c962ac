package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.KeyedDigest;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Users and app passwords that follow from their numbers, so that nobody has to keep the secrets of
 * millions. Ids ascend with the numbers, because indexes are filled several times faster in their
 * own order, and are spread over the whole range.
 */
final class GeneratedUsers {
  static final Instant MADE = Instant.parse("2026-11-24T12:00:00Z");
  private static final Set<Scope> SCOPES = Set.of(Scope.IMAP, Scope.SUBMISSION);
  private static final int SECRET_LENGTH = 16;

  private final KeyedDigest digest = new KeyedDigest(List.of(BenchConfig.PEPPER));

  static String name(int user) {
    String digits = Integer.toString(user);
    return "user" + "0".repeat(8 - digits.length()) + digits + "@example.com";
  }

  static String id(int user) {
    HexFormat hex = HexFormat.of();
    long low = mixed(user);
    return hex.toHexDigits((long) user << 39 | low >>> 25) + hex.toHexDigits(low);
  }

  static String appPasswordId(int user, int number) {
    return "ap_"
        + HexFormat.of().toHexDigits((long) number << 58 | (long) user << 34 | mixed(user) >>> 30);
  }

  static Secret secret(int user, int number) {
    byte[] secret = new byte[SECRET_LENGTH];
    long bits = mixed(64L * user + number);
    for (int i = 0; i < SECRET_LENGTH; i++) {
      bits = i == SECRET_LENGTH / 2 ? mixed(bits) : bits >>> 5;
      secret[i] = (byte) AppPasswordShape.ALPHABET.charAt((int) (bits & 31));
    }
    return Secret.owning(secret);
  }

  User user(int user) {
    return user(id(user), name(user));
  }

  static User user(String id, String name) {
    return new User(
        id,
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        MADE,
        "admin",
        1);
  }

  Credential credential(int user, int number) {
    String userId = id(user);
    AppPassword made =
        new AppPassword(
            appPasswordId(user, number),
            userId,
            name(user),
            "Thunderbird on the laptop",
            SCOPES,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            MADE.plusSeconds(number),
            "admin",
            Optional.empty(),
            Optional.empty(),
            new AppPassword.State.Active());
    try (Secret secret = secret(user, number)) {
      return new Credential(
          made,
          Optional.of(digest.store(userId, secret)),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          true);
    }
  }

  /** SplitMix64: every bit of the number changes half of those of the result. */
  private static long mixed(long number) {
    long z = (number + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
