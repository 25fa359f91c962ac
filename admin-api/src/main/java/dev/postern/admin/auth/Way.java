package dev.postern.admin.auth;

import java.util.Locale;

/** Who asks. In logs, metrics and the record it stands where the mechanism of a client does. */
enum Way {
  NGINX,
  HTTP,
  DOVECOT;

  private final String word = name().toLowerCase(Locale.ROOT);

  String word() {
    return word;
  }
}
