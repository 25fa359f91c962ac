package dev.postern.store.audit;

import dev.postern.store.auth.LoginName;
import java.util.regex.Pattern;

/** Whose login attempt it was, as far as that may be known. */
public sealed interface Who {

  /** A user. */
  record Known(String userId) implements Who {}

  /**
   * A name that was typed, for as long as it takes to ask whose it is. Kept in memory alone.
   *
   * @param domain what may be kept of it in clear; perhaps empty
   */
  record Named(LoginName name, String domain) implements Who {
    @Override
    public String toString() {
      return "Named[***]";
    }
  }

  /** Nothing of the name may be kept, or there was none. */
  record Unnamed() implements Who {}

  /** Names with a dot and letters behind it; everything else after an {@code @} may be a secret. */
  Pattern DOMAIN =
      Pattern.compile(
          "(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,22}[a-z]");

  /** Of a name as a client sent it, which nobody was asked about or nobody has. */
  static Who ofTyped(String typed) {
    if (SecretShaped.is(typed)) {
      return new Unnamed();
    }
    return LoginName.parse(typed)
        .<Who>map(name -> new Named(name, domain(name.value())))
        .orElseGet(Unnamed::new);
  }

  private static String domain(String name) {
    int at = name.lastIndexOf('@');
    String domain = at < 0 ? "" : name.substring(at + 1);
    return DOMAIN.matcher(domain).matches() ? domain : "";
  }
}
