package dev.postern.admin.imports;

import java.util.Locale;

/** A mail system whose hashes can be brought over. */
public enum ImportSource {
  DOVECOT,
  MAILCOW,
  MAILU,
  WILDDUCK;

  /**
   * A reader for one export.
   *
   * @param most things in it that may have to be remembered
   */
  public LineFormat format(int most) {
    return switch (this) {
      case DOVECOT -> new DovecotPasswdFile();
      case MAILCOW -> new MailcowCsv();
      case MAILU -> new MailuCsv();
      case WILDDUCK -> new WildDuckExport(most);
    };
  }

  /** As on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
