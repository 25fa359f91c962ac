package dev.postern.gateway.dialogue;

/** What a client calls itself (IMAP ID, SMTP EHLO), made fit for logs and the audit. */
public final class ClientName {

  /** Characters that are kept. */
  public static final int LIMIT = 64;

  private ClientName() {}

  /**
   * Without control, format and unassigned characters and lone surrogates, at most {@value #LIMIT}
   * characters.
   */
  public static String clean(String name) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < name.length(); ) {
      int codePoint = name.codePointAt(i);
      i += Character.charCount(codePoint);
      if (clean.length() + Character.charCount(codePoint) > LIMIT) {
        break;
      }
      if (isPlain(codePoint)) {
        clean.appendCodePoint(codePoint);
      }
    }
    return clean.toString();
  }

  private static boolean isPlain(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
