package dev.postern.gateway.dialogue;

import java.util.List;

/**
 * What a front dialogue knows of its connection from the start.
 *
 * @param serverName for banner, EHLO and ID
 * @param tls how the connection stands to TLS when the dialogue begins
 * @param extensions SMTP: EHLO lines (keyword and parameters) that every upstream of the listener
 *     was seen to offer and we can carry; IMAP: extra capabilities to announce before login; POP3:
 *     lines of CAPA about the mailbox, as with SMTP
 * @param errorLimit bad commands after which the connection ends
 * @param help what the site adds to refusals
 * @param reference the session's id in our log, for refusals whose cause only the log may tell;
 *     perhaps empty
 * @param isLegacy SMTP, on listeners for very old clients: a line may end with LF alone, and AUTH
 *     is announced in its old spelling too
 * @param isTrusted whether the client may say whom it speaks for
 */
public record SessionFacts(
    String serverName,
    Tls tls,
    List<String> extensions,
    int errorLimit,
    Help help,
    String reference,
    boolean isLegacy,
    boolean isTrusted) {

  public SessionFacts {
    extensions = List.copyOf(extensions);
  }

  /** Of a client that speaks for itself. */
  public SessionFacts(
      String serverName,
      Tls tls,
      List<String> extensions,
      int errorLimit,
      Help help,
      String reference,
      boolean isLegacy) {
    this(serverName, tls, extensions, errorLimit, help, reference, isLegacy, false);
  }

  /** Those of an ordinary listener of a site without help of its own. */
  public SessionFacts(String serverName, Tls tls, List<String> extensions, int errorLimit) {
    this(serverName, tls, extensions, errorLimit, Help.NONE, "", false);
  }

  /** A sentence about trouble whose cause only our log tells, with what to look for there. */
  public String referring(String sentence) {
    return reference.isEmpty() ? sentence : sentence + " (session " + reference + ")";
  }

  /** Whether the client may say so now: as with passwords, not where that needs TLS first. */
  public boolean maySpeakForOthers(Tls now) {
    return isTrusted && now != Tls.REQUIRED;
  }

  /** How a connection stands to TLS. */
  public enum Tls {
    /** Encrypted from the first byte, or since STARTTLS. */
    ON,
    /** In clear; logging in needs STARTTLS first. */
    REQUIRED,
    /** In clear and allowed to log in so: {@code tls: none}. */
    OFF
  }
}
