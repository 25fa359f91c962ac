package dev.postern.store.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a login name that nobody has may stand for besides. Names are always looked up as they are
 * first: whoever has a name is not displaced by a rule.
 *
 * @param defaultDomain a name without {@code @} may be short for one in this domain; normalised
 * @param detailSeparator what follows it in the part before {@code @} may be left out
 */
public record NameRules(Optional<String> defaultDomain, Optional<Character> detailSeparator) {
  /** A name stands for itself alone. */
  public static final NameRules EXACT = new NameRules(Optional.empty(), Optional.empty());

  /** Most spellings of a name, with the exact one. */
  public static final int MOST_SPELLINGS = 4;

  public NameRules {
    if (defaultDomain.isPresent() && !defaultDomain.equals(domain(defaultDomain.get()))) {
      throw new IllegalArgumentException("the default domain must be a normalised one");
    }
    if (detailSeparator.isPresent() && !isSeparator(detailSeparator.get())) {
      throw new IllegalArgumentException("that cannot separate a detail from a name");
    }
  }

  /** The domain that somebody typed, normalised; empty if it cannot be one. */
  public static Optional<String> domain(String typed) {
    return typed.indexOf('@') >= 0 || typed.endsWith(".")
        ? Optional.empty()
        : LoginName.parse("x@" + typed)
            .filter(LoginName::fitsUser)
            .map(name -> name.value().substring(2));
  }

  /** Whether a detail may begin so: printable ASCII, and no letter, digit or {@code @}. */
  public static boolean isSeparator(char character) {
    return character > ' '
        && character < 0x7f
        && character != '@'
        && !Character.isLetterOrDigit(character);
  }

  /**
   * The other names that a normalised one may stand for, in the order in which they are looked for;
   * fewer than {@value #MOST_SPELLINGS}.
   */
  public List<String> others(String name) {
    if (defaultDomain.isEmpty() && detailSeparator.isEmpty()) {
      return List.of();
    }
    int at = name.lastIndexOf('@');
    int cut = detailSeparator.isEmpty() ? -1 : name.indexOf(detailSeparator.get());
    boolean isDetailed = cut > 0 && (at < 0 || cut < at);
    if (at >= 0) {
      return isDetailed ? List.of(name.substring(0, cut) + name.substring(at)) : List.of();
    }
    List<String> others = new ArrayList<>(MOST_SPELLINGS - 1);
    addInDomain(name, others);
    if (isDetailed) {
      String plain = name.substring(0, cut);
      others.add(plain);
      addInDomain(plain, others);
    }
    return others;
  }

  private void addInDomain(String name, List<String> others) {
    if (defaultDomain.isPresent()
        && name.length() + 1 + defaultDomain.get().length() <= LoginName.LONGEST) {
      others.add(name + "@" + defaultDomain.get());
    }
  }
}
