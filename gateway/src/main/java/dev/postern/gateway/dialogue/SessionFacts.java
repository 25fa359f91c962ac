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
 */
public record SessionFacts(String serverName, Tls tls, List<String> extensions, int errorLimit) {

  public SessionFacts {
    extensions = List.copyOf(extensions);
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
