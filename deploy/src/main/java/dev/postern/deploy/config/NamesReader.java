package dev.postern.deploy.config;

import dev.postern.store.auth.NameRules;

/** Reads what of {@code server} is about login names. */
final class NamesReader {
  private NamesReader() {}

  /**
   * Reads the keys.
   *
   * @param server read by the gateway's reader as well, which ends it
   */
  static NameRules read(Section server) {
    return new NameRules(
        server.optional("default-domain", Values::mailDomain),
        server.optional("detail-separator", NamesReader::separator));
  }

  private static Character separator(String text) throws BadValue {
    if (text.length() != 1 || !NameRules.isSeparator(text.charAt(0))) {
      throw new BadValue(
          "\"" + text + "\" is not a separator",
          "write one printable character that is neither letter nor digit nor @, such as \"+\"");
    }
    return text.charAt(0);
  }
}
