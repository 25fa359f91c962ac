package dev.postern.deploy.starter;

import java.util.Locale;

/** What kind of mail server a new configuration is for. */
public enum UpstreamKind {
  DOVECOT,
  GENERIC,
  OFFICE365,
  GOOGLE;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
