package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.RejectReason;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImapRepliesTest {

  @Test
  void saysTheSameOfEveryRefusalThatMustNotTell() {
    Set<String> replies =
        EnumSet.of(
                RejectReason.UNKNOWN_USER,
                RejectReason.WRONG_SECRET,
                RejectReason.REVOKED,
                RejectReason.SUSPENDED,
                RejectReason.USER_DISABLED,
                RejectReason.BAD_NAME,
                RejectReason.BANNED,
                RejectReason.POLICY)
            .stream()
            .map(reason ->
                ImapReplies.refused("a", reason, Help.NONE) + ImapReplies.isAlerting(reason))
            .collect(Collectors.toSet());
    assertThat(replies).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void makesClientsAskForANewPassword(RejectReason reason) {
    assertThat(ImapReplies.refused("a", reason, Help.NONE))
        .startsWith(
            switch (reason) {
              case DELEGATION -> "a NO [AUTHORIZATIONFAILED] ";
              case IN_CLEAR -> "a NO [PRIVACYREQUIRED] ";
              case BAD_NAME,
                  WRONG_SHAPE,
                  UNKNOWN_USER,
                  WRONG_SECRET,
                  OWN_PASSWORD_REFUSED,
                  TOO_MANY_GUESSES,
                  USER_DISABLED,
                  REVOKED,
                  SUSPENDED,
                  EXPIRED,
                  IDLE_EXPIRED,
                  OUT_OF_SCOPE,
                  OUT_OF_NETWORK,
                  OUT_OF_LANE,
                  BANNED,
                  POLICY ->
                  "a NO [AUTHENTICATIONFAILED] ";
            });
  }

  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void helpsInOneShortLine(RejectReason reason) {
    assertThat(ImapReplies.help(reason, Help.NONE)).matches("[ -~]{1,180}").doesNotEndWith(".");
  }

  /** K-9 asks for a password when there is no code or this one. */
  @ParameterizedTest
  @EnumSource(UpstreamFailure.Cause.class)
  void keepsClientsFromAskingWhileTheMailServerIsInTrouble(UpstreamFailure.Cause cause) {
    SessionFacts facts =
        new SessionFacts("x", SessionFacts.Tls.ON, List.of(), 5, Help.NONE, "0123456789", false);
    assertThat(ImapReplies.upstreamFailed("a", cause, facts))
        .matches(
            "a NO \\[(UNAVAILABLE|LIMIT|CONTACTADMIN|SERVERBUG)] [ -~]+ \\(session 0123456789\\)\r\n")
        .doesNotContainIgnoringCase(cause.word());
  }
}
