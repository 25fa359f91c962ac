package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.imap.ImapCommand;
import dev.postern.gateway.sasl.SaslStep;
import dev.postern.gateway.smtp.SmtpCommand;
import dev.postern.store.auth.Secret;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What stands in a log or a debugger for what carries a secret: its kind, and nothing typed. */
class PrintedTest {
  private static final Secret SECRET = Secret.ofText("secret");

  @Test
  void printsTheKindAlone() {
    assertThat(new Credentials("alice", SECRET, "plain", "client"))
        .hasToString("Credentials[plain]");
    assertThat(new UpstreamCredentials.Password(Optional.of("bob"), "alice", SECRET))
        .hasToString("Password[***]");
    assertThat(new UpstreamCredentials.Bearer("alice", SECRET, "mx.example.com", 993, false))
        .hasToString("Bearer[***]");
    assertThat(new SaslStep.Complete("alice", SECRET)).hasToString("Complete[***]");
    assertThat(new ImapCommand.Login("a", "alice", SECRET)).hasToString("Login[***]");
    assertThat(new ImapCommand.Authenticate("a", "x", Optional.of(SECRET)))
        .hasToString("Authenticate[***]");
    assertThat(new SmtpCommand.Auth("x", Optional.of(SECRET))).hasToString("Auth[***]");
    assertThat(new UpstreamStep.SendSecret(SECRET, "PASS <secret>"))
        .hasToString("SendSecret[line=Secret[***], kind=PASS <secret>]");
  }
}
