package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamStep;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that says what nobody waits for. */
class ImapUpstreamOutOfStepTest {

  @ParameterizedTest
  @ValueSource(strings = {"* OK hi", "P1 OK done", "+ go on", "* CAPABILITY X", "junk"})
  void aServerThatSpeaksWhenNothingWasAskedLosesTheLogin(String line) {
    ImapUpstream securing = upstream(Security.STARTTLS);
    securing.connected();
    securing.line("* OK [CAPABILITY STARTTLS] hi");
    assertThat(securing.line("P1 OK")).isInstanceOf(UpstreamStep.StartTls.class);
    assertThat(securing.line(line)).isInstanceOf(UpstreamStep.Failed.class);
    assertThat(securing.line(line)).as("over").isInstanceOf(UpstreamStep.Failed.class);
    assertThat(securing.tlsStarted()).isInstanceOf(UpstreamStep.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+ go on", "* BYE", "P9 OK", "P1 BAD"})
  void aServerThatAnswersSomethingElseLosesTheLogin(String line) {
    ImapUpstream asking = upstream(Security.IMPLICIT_TLS);
    asking.connected();
    asking.line("* OK hi");
    assertThat(asking.line(line)).isInstanceOf(UpstreamStep.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"* OK hi", "* 3 EXISTS", "* NO not now"})
  void whatIsForEverybodyMayComeAnyTime(String line) {
    ImapUpstream asking = upstream(Security.IMPLICIT_TLS);
    assertThat(asking.mayRunAhead(line)).isTrue();
    assertThat(asking.mayRunAhead("P1 OK")).isFalse();
    assertThat(asking.mayRunAhead("+ ")).isFalse();
    asking.connected();
    asking.line("* OK hi");
    assertThat(asking.line(line)).isEqualTo(new UpstreamStep.Read());
  }

  private static ImapUpstream upstream(Security security) {
    return new ImapUpstream(
        new UpstreamPlan(security, "mail.example.com", Optional.empty(), List.of()));
  }
}
