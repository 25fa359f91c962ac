package dev.postern.deploy.peers;

/**
 * A mail to be sent. It has what clients and servers are known to spoil: dots that begin a line,
 * {@code From } that does, blanks that end one, 8-bit text.
 *
 * @param subject no other letter's
 */
record Letter(String subject) {
  /** Sender and receiver of all of them. */
  static final String USER = "mail@example.test";

  /** What a person wrote, lines ended by LF. */
  String body() {
    return """
    ..two dots
    .
    From the beginning
    Grüße, %s
    \tlast
    """
        .formatted(subject);
  }

  /** The header and the body as they are handed to a client, lines ended by LF. */
  String text() {
    return """
    From: %1$s
    To: %1$s
    Date: Tue, 24 Nov 2026 12:00:00 +0000
    Message-ID: <%2$s@example.test>
    Subject: %3$s
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 8bit

    """
            .formatted(USER, subject.replace(' ', '.'), subject)
        + body();
  }

  /** Likewise, lines ended by CRLF. */
  String textForTheWire() {
    return text().replace("\n", "\r\n");
  }
}
