package dev.postern.deploy.peers;

import java.util.Locale;

/** Where a client comes in: the names are those of URLs, with an S where TLS comes first. */
enum Door {
  IMAP,
  IMAPS,
  POP3,
  POP3S,
  SMTP,
  SMTPS;

  /** As in a URL. */
  String scheme() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Of the two doors of its protocol, the name of the one with STARTTLS. */
  String protocol() {
    return isImplicit() ? scheme().substring(0, scheme().length() - 1) : scheme();
  }

  /** Whether TLS comes first; else STARTTLS. */
  boolean isImplicit() {
    return switch (this) {
      case IMAPS, POP3S, SMTPS -> true;
      case IMAP, POP3, SMTP -> false;
    };
  }

  /** Whether mail leaves here. */
  boolean isForSending() {
    return switch (this) {
      case SMTP, SMTPS -> true;
      case IMAP, IMAPS, POP3, POP3S -> false;
    };
  }

  int port(PosternServer postern) {
    return switch (this) {
      case IMAP -> postern.imap();
      case IMAPS -> postern.imaps();
      case POP3 -> postern.pop3();
      case POP3S -> postern.pop3s();
      case SMTP -> postern.submission();
      case SMTPS -> postern.submissions();
    };
  }
}
