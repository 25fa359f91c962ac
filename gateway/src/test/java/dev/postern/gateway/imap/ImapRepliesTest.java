package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.RejectReason;
import java.util.EnumSet;
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
                RejectReason.BAD_NAME)
            .stream()
            .map(reason -> ImapReplies.refused("a", reason) + ImapReplies.isAlerting(reason))
            .collect(Collectors.toSet());
    assertThat(replies).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void makesClientsAskForANewPassword(RejectReason reason) {
    assertThat(ImapReplies.refused("a", reason))
        .startsWith(
            reason == RejectReason.DELEGATION
                ? "a NO [AUTHORIZATIONFAILED] "
                : "a NO [AUTHENTICATIONFAILED] ");
  }

  @ParameterizedTest
  @EnumSource(RejectReason.class)
  void helpsInOneShortLine(RejectReason reason) {
    assertThat(ImapReplies.help(reason)).matches("[ -~]{1,180}").doesNotEndWith(".");
  }

  @ParameterizedTest
  @EnumSource(UpstreamFailure.Cause.class)
  void keepsClientsFromAskingWhileTheMailServerIsInTrouble(UpstreamFailure.Cause cause) {
    assertThat(ImapReplies.unavailable("a", cause))
        .startsWith("a NO [UNAVAILABLE] ")
        .doesNotContainIgnoringCase(cause.word())
        .endsWith("\r\n");
  }
}
