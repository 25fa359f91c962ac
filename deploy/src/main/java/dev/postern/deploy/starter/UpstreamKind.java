package dev.postern.deploy.starter;

/** What kind of mail server a new configuration is for. */
public enum UpstreamKind {
  DOVECOT("dovecot", true),
  GENERIC("generic", true),
  OFFICE365("office365", false),
  GOOGLE("google", false);

  private final String word;
  private final boolean isSupported;

  UpstreamKind(String word, boolean isSupported) {
    this.word = word;
    this.isSupported = isSupported;
  }

  public String word() {
    return word;
  }

  /** Whether this version can log in there. */
  public boolean isSupported() {
    return isSupported;
  }
}
