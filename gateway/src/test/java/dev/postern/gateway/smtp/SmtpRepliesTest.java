package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.RejectReason;
import org.junit.jupiter.api.Test;

class SmtpRepliesTest {

  /** Printers and old clients show one line of ASCII, cut off at some point. */
  @Test
  void helpsInOneShortLineOfAscii() {
    for (RejectReason reason : RejectReason.values()) {
      assertThat(SmtpReplies.refused(SmtpReplies.help(reason)))
          .matches("535 5\\.7\\.8 [ -~]{20,160}\r\n");
    }
    for (UpstreamFailure.Cause cause : UpstreamFailure.Cause.values()) {
      assertThat(SmtpReplies.unavailable(SmtpReplies.help(cause)))
          .matches("454 4\\.7\\.0 [ -~]{20,160}\r\n");
    }
  }
}
