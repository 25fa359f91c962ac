package dev.postern.store.sql;

import java.util.Optional;

/**
 * The primary key of a row of {@code bans}, as far as it was read.
 *
 * @param network as text, cut to {@value #LONGEST} characters
 */
record BanPlace(String network, String kind) {
  /** Longer than any network. */
  static final int LONGEST = 48;

  /** In front of all rows. */
  static final BanPlace START = new BanPlace("", "");

  /** As in alarms. */
  String name() {
    return kind + " " + network;
  }

  /**
   * Where a reader in the order of the primary key goes on behind this row; empty if no row of
   * Postern's can follow. What begins like a network but goes on like none is left out as a whole:
   * a row that cannot be named exactly, since its key was cut or is no text, would be met again.
   */
  Optional<BanPlace> behind() {
    int length = 0;
    while (length < network.length() && isOfNetworks(network.charAt(length))) {
      length++;
    }
    if (length == network.length() && length < LONGEST) {
      return Optional.of(this);
    }
    return length == 0
        ? Optional.empty()
        : Optional.of(
            new BanPlace(
                network.substring(0, length - 1) + (char) (network.charAt(length - 1) + 1), ""));
  }

  /** Also what sorts in front of the characters of networks; it can be named exactly. */
  private static boolean isOfNetworks(char one) {
    return one <= 'f';
  }
}
