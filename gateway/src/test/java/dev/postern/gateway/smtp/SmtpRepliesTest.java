package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.RejectReason;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SmtpRepliesTest {

  private static final SessionFacts FACTS =
      new SessionFacts(
          "mail.example.com",
          SessionFacts.Tls.ON,
          List.of(),
          5,
          new Help("Ask the help desk", "https://id.example.com/mail"),
          "0123456789",
          false);

  /** Printers and old clients show one line of ASCII, cut off at some point. */
  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void helpsInOneShortLineOfAscii(RejectReason reason) {
    assertThat(SmtpReplies.refused(SmtpReplies.help(reason, Help.NONE)))
        .matches("535 5\\.7\\.8 [ -~]{20,70}\r\n");
    assertThat(SmtpReplies.refused(SmtpReplies.help(reason, FACTS.help())))
        .matches("535 [ -~]{20,160}\\. Ask the help desk https://id\\.example\\.com/mail\r\n");
  }

  @ParameterizedTest
  @EnumSource(UpstreamFailure.Cause.class)
  void saysOfTroubleOnlyWhereOurLogHasMore(UpstreamFailure.Cause cause) {
    assertThat(SmtpReplies.unavailable(SmtpReplies.help(cause, FACTS)))
        .matches("454 4\\.7\\.0 [ -~]{20,70} \\(session 0123456789\\)\r\n");
  }
}
