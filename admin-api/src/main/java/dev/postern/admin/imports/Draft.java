package dev.postern.admin.imports;

import dev.postern.admin.imports.ImportLine.Found;
import dev.postern.admin.imports.ImportLine.Unusable;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.imports.ForeignSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Puts a {@link ForeignSecret} together from what the formats have in common. */
final class Draft {
  private static final int LONGEST_LABEL = 64;

  private final String origin;
  private final String user;
  private String label = "";
  private Set<Scope> scopes = EnumSet.allOf(Scope.class);
  private List<Cidr> networks = List.of();
  private Optional<Instant> expiresAt = Optional.empty();
  private Optional<Duration> idleExpiry = Optional.empty();
  private boolean isMachineMade;

  /**
   * @param origin see {@link ForeignSecret#origin}
   */
  Draft(String origin, String user) {
    this.origin = origin;
    this.user = user;
  }

  /** Cleaned and cut to what a label may be; {@code otherwise} if nothing is left. */
  Draft label(String text, String otherwise) {
    StringBuilder clean = new StringBuilder();
    text.strip()
        .codePoints()
        .filter(c -> Character.isLetterOrDigit(c) || c == ' ' || isPunctuation(c))
        .limit(LONGEST_LABEL)
        .forEach(clean::appendCodePoint);
    String stripped = clean.toString().strip();
    this.label = stripped.isEmpty() ? otherwise : stripped;
    return this;
  }

  Draft scopes(Set<Scope> given) {
    this.scopes = given;
    return this;
  }

  Draft expiresAt(Optional<Instant> given) {
    this.expiresAt = given;
    return this;
  }

  Draft idleExpiry(Optional<Duration> given) {
    this.idleExpiry = given;
    return this;
  }

  Draft machineMade(boolean given) {
    this.isMachineMade = given;
    return this;
  }

  /**
   * Addresses or networks, separated by commas or spaces.
   *
   * @throws IllegalArgumentException if one is none
   */
  Draft networks(String text) {
    List<Cidr> read = new ArrayList<>();
    for (String each : text.split("[,\\s]+", -1)) {
      if (!each.isEmpty()) {
        read.add(Cidr.parse(each));
      }
    }
    this.networks = read;
    return this;
  }

  /** The result, with the hash as it is stored there. */
  ImportLine found(String hash) {
    if (scopes.isEmpty()) {
      return new Unusable(user, "is for nothing that Postern carries");
    }
    return new Found(
        new ForeignSecret(
            origin,
            user,
            label,
            Secret.ofText(hash),
            scopes,
            networks,
            expiresAt,
            idleExpiry,
            isMachineMade));
  }

  private static boolean isPunctuation(int character) {
    return "-_.,:;()[]'&+/@#!?".indexOf(character) >= 0;
  }
}
