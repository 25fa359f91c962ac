package dev.postern.gateway.smtp;

import static dev.postern.gateway.smtp.SmtpConversation.RIGHT;
import static dev.postern.gateway.smtp.SmtpConversation.base64;
import static dev.postern.gateway.smtp.SmtpConversation.plain;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.dialogue.ClientName;
import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.login.LoginDialogue;
import dev.postern.gateway.smtp.SmtpConversation.End;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SmtpFrontTest {

  private static final Pattern REPLIES = Pattern.compile("([2-5][0-9]{2}[ -][ -~]*\r\n)*");

  @Test
  void announcesAuthOnlyWhereItWorksAndTlsOnlyWhereItIsNeeded() {
    try (var secure = new SmtpConversation(SmtpConversation.IN_TLS);
        var locked = new SmtpConversation(SmtpConversation.BEFORE_TLS);
        var clear = new SmtpConversation(SmtpConversation.IN_CLEAR)) {
      assertThat(secure.send("EHLO x").lines())
          .containsExactly(
              "220 mail.example.com ESMTP Postern",
              "250-mail.example.com",
              "250-AUTH PLAIN LOGIN",
              "250-SIZE 1000",
              "250-8BITMIME",
              "250 ENHANCEDSTATUSCODES");
      assertThat(locked.send("EHLO x")).contains("250-STARTTLS\r\n").doesNotContain("AUTH");
      assertThat(clear.send("EHLO x")).contains("250-AUTH PLAIN LOGIN\r\n").doesNotContain("TLS");
    }
  }

  @Test
  void refusesEveryLoginBeforeTlsWithoutLookingAtIt() {
    try (var talk = new SmtpConversation(SmtpConversation.BEFORE_TLS)) {
      talk.heard();
      assertThat(talk.send("AUTH PLAIN " + plain("alice", RIGHT), "AUTH LOGIN", "MAIL FROM:<a@b>"))
          .isEqualTo("530 5.7.0 Must issue a STARTTLS command first\r\n".repeat(3));
      assertThat(talk.attempts()).isEmpty();
    }
  }

  @Test
  void wipesASecretThatItDoesNotUse() {
    for (SessionFacts facts : List.of(SmtpConversation.BEFORE_TLS, SmtpConversation.IN_TLS)) {
      Secret secret = Secret.ofText("AGEAYg==");
      SmtpFront.dialogue(facts).command(new SmtpCommand.Auth("NTLM", Optional.of(secret)));
      assertThatThrownBy(() -> secret.expose(bytes -> bytes.length))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void forgetsWhatWasSaidBeforeTls() {
    try (var talk = new SmtpConversation(SmtpConversation.BEFORE_TLS)) {
      talk.send("EHLO before", "STARTTLS");
      assertThat(talk.end()).isEqualTo(End.SECURING);
      assertThat(talk.event(new FrontEvent.TlsStarted())).isEmpty();
      assertThat(talk.send("AUTH PLAIN " + plain("alice", RIGHT))).startsWith("235 2.7.0 ");
      assertThat(talk.attempts()).singleElement().extracting(Credentials::clientName).isEqualTo("");
    }
  }

  @Test
  void leavesBytesBehindStartTlsToTheTlsEngine() {
    try (var talk = new SmtpConversation(SmtpConversation.BEFORE_TLS)) {
      talk.send("STARTTLS", "AUTH PLAIN " + plain("alice", RIGHT));
      assertThat(talk.end()).isEqualTo(End.SECURING);
      assertThat(talk.leftover()).startsWith("AUTH PLAIN ");
    }
  }

  @Test
  void leavesPipelinedBytesToTheUpstream() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      talk.heard();
      assertThat(talk.send("AUTH PLAIN " + plain("alice", RIGHT), "MAIL FROM:<a@b>", "DATA"))
          .isEqualTo("235 2.7.0 Authentication successful\r\n");
      assertThat(talk.end()).isEqualTo(End.SPLICED);
      assertThat(talk.leftover()).isEqualTo("MAIL FROM:<a@b>\r\nDATA\r\n");
    }
  }

  @Test
  void tellsTheVerifierWhoAskedAndHow() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      talk.send("EHLO my\u00a0pc" + "x".repeat(80));
      talk.send("AUTH LOGIN", base64("alice"), base64(RIGHT));
      assertThat(talk.attempts())
          .singleElement()
          .satisfies(attempt -> {
            assertThat(attempt.loginName()).isEqualTo("alice");
            assertThat(attempt.mechanism()).isEqualTo("login");
            assertThat(attempt.clientName()).hasSize(64).startsWith("my\u00a0pcxxx");
          });
      assertThat(talk.end()).isEqualTo(End.SPLICED);
    }
  }

  @Test
  void cleansTheClientName() {
    assertThat(ClientName.clean("a\u0085b\u202ec\ud800d\u2028e\u00fcf")).isEqualTo("abcde\u00fcf");
    assertThat(ClientName.clean("x".repeat(63) + "\ud83d\ude00")).isEqualTo("x".repeat(63));
  }

  /** DESIGN §4: nobody learns whether a user or an app password exists. */
  @Test
  void usesTheSameWordsForAllThatTellsWhetherSomethingExists() {
    Set<RejectReason> alike =
        EnumSet.of(
            RejectReason.BAD_NAME,
            RejectReason.UNKNOWN_USER,
            RejectReason.WRONG_SECRET,
            RejectReason.OWN_PASSWORD_REFUSED,
            RejectReason.TOO_MANY_GUESSES,
            RejectReason.USER_DISABLED,
            RejectReason.REVOKED,
            RejectReason.SUSPENDED,
            RejectReason.DELEGATION,
            RejectReason.BANNED,
            RejectReason.POLICY);
    for (RejectReason reason : RejectReason.values()) {
      try (var talk = new SmtpConversation(SmtpConversation.IN_TLS).rejectingFor(reason)) {
        talk.heard();
        String reply = talk.send("AUTH PLAIN " + plain("alice", "wrong"));
        if (alike.contains(reason)) {
          assertThat(reply)
              .as(reason.word())
              .isEqualTo("535 5.7.8 Sign-in refused: check the user name and the app password\r\n");
        } else {
          assertThat(reply).as(reason.word()).startsWith("535 5.7.8 ").doesNotContain("refused");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void repeatsTheHelpToClientsThatGoOnWithoutLogin(RejectReason reason) {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS).rejectingFor(reason)) {
      talk.heard();
      String refusal = talk.send("AUTH PLAIN " + plain("alice", "wrong"));
      String help = refusal.substring("535 5.7.8 ".length());
      assertThat(talk.send("MAIL FROM:<a@b>", "RCPT TO:<a@b>", "DATA"))
          .isEqualTo(("530 5.7.0 " + help).repeat(3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void hidesWhatAnUpstreamSaid(UpstreamFailure.Cause cause) {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS).withUpstreamTrouble(cause)) {
      talk.heard();
      assertThat(talk.send("AUTH PLAIN " + plain("alice", RIGHT), "NOOP"))
          .matches("454 4\\.7\\.0 [ -~]{1,180}\r\n250 2\\.0\\.0 OK\r\n")
          .doesNotContain("db7");
    }
  }

  @Test
  void answersTemporarilyWhenNobodyKnows() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS).unavailable()) {
      talk.heard();
      assertThat(talk.send("AUTH PLAIN " + plain("alice", "any"))).startsWith("454 4.7.0 ");
    }
  }

  /** RFC 4954 §9. */
  @Test
  void survivesThreeRefusalsAndEndsAtTheLimit() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      for (int i = 1; i < 5; i++) {
        talk.send("AUTH PLAIN " + plain("alice", "wrong" + i));
        assertThat(talk.end()).as("after %d", i).isEqualTo(End.OPEN);
      }
      assertThat(talk.send("AUTH PLAIN " + plain("alice", "wrong")))
          .matches("535 5\\.7\\.8 [ -~]+\r\n421 4\\.7\\.0 [ -~]+\r\n");
      assertThat(talk.end()).isEqualTo(End.HUNG_UP);
    }
    var strict = new SessionFacts("m", SessionFacts.Tls.ON, List.of(), 1);
    try (var talk = new SmtpConversation(strict)) {
      talk.send("AUTH PLAIN " + plain("a", "1"), "AUTH PLAIN " + plain("a", "2"));
      assertThat(talk.end()).isEqualTo(End.OPEN);
      talk.send("AUTH PLAIN " + plain("a", "3"));
      assertThat(talk.end()).isEqualTo(End.HUNG_UP);
    }
  }

  @Test
  void endsAfterTooManyErrors() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      talk.send("FOO", "BAR", "AUTH", "AUTH NTLM");
      assertThat(talk.end()).isEqualTo(End.OPEN);
      assertThat(talk.send("AUTH PLAIN !", "QUIT"))
          .matches("501 5\\.5\\.2 [ -~]+\r\n421 4\\.7\\.0 [ -~]+\r\n");
      assertThat(talk.end()).isEqualTo(End.HUNG_UP);
    }
  }

  @Test
  void countsErrorsAcrossStartTls() {
    try (var talk = new SmtpConversation(SmtpConversation.BEFORE_TLS)) {
      talk.send("FOO", "FOO", "FOO", "FOO", "STARTTLS");
      talk.event(new FrontEvent.TlsStarted());
      assertThat(talk.send("FOO")).endsWith("421 4.7.0 Too many errors, closing connection\r\n");
    }
  }

  @Test
  void endsAfterTooManyCommandsThoughAllAreGood() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      talk.heard();
      for (int i = 0; i < LoginDialogue.COMMAND_LIMIT; i++) {
        assertThat(talk.send("NOOP")).isEqualTo("250 2.0.0 OK\r\n");
      }
      assertThat(talk.send("NOOP")).startsWith("421 4.7.0 ");
      assertThat(talk.end()).isEqualTo(End.HUNG_UP);
    }
  }

  @Test
  void doesNotTakeAPieceOfAMessageForCommands() {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      talk.heard();
      String inside = "AUTH PLAIN " + plain("alice", RIGHT);
      assertThat(talk.send("BDAT " + (inside.length() + 2) + " LAST", inside))
          .matches("530 5\\.7\\.0 [ -~]+\r\n421 4\\.7\\.0 [ -~]+\r\n");
      assertThat(talk.attempts()).isEmpty();
      assertThat(talk.end()).isEqualTo(End.HUNG_UP);
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysGoodbyeWhateverItWaitsFor(FrontEvent.Reason reason) {
    for (String[] before :
        new String[][] {{"NOOP"}, {"AUTH LOGIN"}, {"AUTH LOGIN " + base64("alice")}}) {
      try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
        talk.send(before);
        assertThat(talk.event(new FrontEvent.Ending(reason))).matches("421 4\\.[ -~]+\r\n");
        assertThat(talk.end()).isEqualTo(End.HUNG_UP);
      }
    }
  }

  @Test
  void saysNothingToOtherProtocols() {
    for (byte[] bytes :
        List.of("GET / HTTP/1.1\r\n".getBytes(ISO_8859_1), new byte[] {0x16, 3, 1, 2, 0, 1})) {
      try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
        talk.heard();
        assertThat(talk.sendBytes(bytes)).isEmpty();
        assertThat(talk.end()).isEqualTo(End.HUNG_UP);
      }
    }
  }

  /** Fail closed: an event nobody waited for never opens anything. */
  @Test
  void endsOnAnEventOutOfStep() {
    List<FrontEvent> events =
        List.of(
            new FrontEvent.TlsStarted(),
            new FrontEvent.UpstreamReady(new UpstreamSession(List.of())),
            new FrontEvent.UpstreamFailed(new UpstreamFailure(UpstreamFailure.Cause.CONNECT, "x")),
            new FrontEvent.Decided(new AuthOutcome.Rejected(RejectReason.WRONG_SECRET)));
    for (FrontEvent event : events) {
      try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
        talk.heard();
        assertThat(talk.event(event)).startsWith("421 4.3.0 ");
        assertThat(talk.end()).isEqualTo(End.HUNG_UP);
      }
    }
  }

  @Test
  void saysTheSameHoweverTheBytesAreCut() {
    byte[] bytes =
        String.join(
                "\r\n",
                "EHLO me",
                "NOOP " + "x".repeat(3_000),
                "AUTH LOGIN",
                base64("bob"),
                base64("wrong"),
                "MAIL FROM:<a@b>",
                "AUTH PLAIN",
                "*",
                "AUTH PLAIN " + plain("bob", "x".repeat(1_500)),
                "RSET",
                "FOO\nBAR",
                "AUTH login " + base64("alice"),
                base64(RIGHT),
                "MAIL FROM:<a@b>",
                "DATA",
                "")
            .getBytes(ISO_8859_1);
    String whole = transcript(bytes, new Random(0), bytes.length);
    assertThat(whole).contains("235 2.7.0").endsWith("|MAIL FROM:<a@b>\r\nDATA\r\n");
    assertThat(transcript(bytes, new Random(0), 1)).isEqualTo(whole);
    for (long seed = 1; seed <= 300; seed++) {
      assertThat(transcript(bytes, new Random(seed), 64)).as("seed %d", seed).isEqualTo(whole);
    }
  }

  private static String transcript(byte[] bytes, Random random, int largest) {
    try (var talk = new SmtpConversation(SmtpConversation.IN_TLS)) {
      StringBuilder all = new StringBuilder(talk.heard());
      for (int i = 0; i < bytes.length; ) {
        int end = Math.min(bytes.length, i + 1 + random.nextInt(largest));
        all.append(talk.sendBytes(Arrays.copyOfRange(bytes, i, end)));
        i = end;
      }
      return all.append('|').append(talk.leftover()).toString();
    }
  }

  /** Any bytes at all: no exception, no door opened, no secret repeated, no memory. */
  @Test
  void survivesAnything() {
    String wrong = "s3cr3t-never-to-be-seen";
    List<String> pieces =
        List.of(
            "EHLO x\r\n",
            "HELO\r\n",
            "STARTTLS\r\n",
            "STARTTLS x\r\n",
            "AUTH LOGIN\r\n",
            "AUTH PLAIN\r\n",
            "AUTH PLAIN =\r\n",
            "AUTH PLAIN " + plain("alice", wrong) + "\r\n",
            "AUTH LOGIN " + base64("alice") + "\r\n",
            base64(wrong) + "\r\n",
            "*\r\n",
            "\r\n",
            "AUTH " + wrong + "\r\n",
            wrong + "\r\n",
            "MAIL FROM:<" + wrong + ">\r\n",
            "RSET\r\n",
            "NOOP\r\n",
            "VRFY x\r\n",
            "HELP\r\n",
            "LHLO x\r\n",
            "\r",
            "\n",
            "\0",
            " ",
            "AUTH ",
            "x".repeat(1_500),
            "y".repeat(13_000));
    int attempts = 0;
    for (long seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      SessionFacts facts =
          List.of(SmtpConversation.IN_TLS, SmtpConversation.BEFORE_TLS, SmtpConversation.IN_CLEAR)
              .get(random.nextInt(3));
      try (var talk = new SmtpConversation(facts)) {
        StringBuilder heard = new StringBuilder();
        for (int i = 0; i < 60 && talk.end() == End.OPEN; i++) {
          byte[] piece = pieces.get(random.nextInt(pieces.size())).getBytes(ISO_8859_1);
          if (random.nextInt(8) == 0) {
            random.nextBytes(piece);
          }
          heard.append(talk.sendBytes(piece));
          if (talk.end() == End.SECURING) {
            heard.append(talk.event(new FrontEvent.TlsStarted()));
          }
        }
        assertThat(talk.end()).as("seed %d", seed).isNotEqualTo(End.SPLICED);
        assertThat(REPLIES.matcher(heard).matches()).as("seed %d: %s", seed, heard).isTrue();
        assertThat(heard.toString()).doesNotContain(wrong).doesNotContain(base64(wrong));
        assertThat(talk.largest()).isLessThanOrEqualTo(CommandLineDecoder.RESPONSE_LIMIT + 2);
        attempts += talk.attempts().size();
      }
    }
    assertThat(attempts).as("the generator reaches the verifier").isGreaterThan(300);
  }
}
