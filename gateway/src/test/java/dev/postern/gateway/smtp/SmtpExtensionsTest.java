package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SmtpExtensionsTest {

  private static final List<String> EVERYTHING =
      List.of(
          "SIZE 157286400",
          "8bitmime",
          "PIPELINING",
          "ENHANCEDSTATUSCODES",
          "SMTPUTF8",
          "CHUNKING",
          "BINARYMIME",
          "DSN",
          "VRFY",
          "ETRN",
          "XCLIENT NAME ADDR",
          "XFORWARD NAME",
          "LIMITS RCPTMAX=5",
          "REQUIRETLS",
          "DELIVERBY",
          "BURL imap",
          "AUTH PLAIN LOGIN",
          "STARTTLS",
          "HELP");

  @Test
  void announcesOnlyWhatCanBeCarried() {
    assertThat(SmtpExtensions.announce(List.of(EVERYTHING)))
        .containsExactly(
            "SIZE 157286400",
            "8BITMIME",
            "PIPELINING",
            "ENHANCEDSTATUSCODES",
            "SMTPUTF8",
            "CHUNKING",
            "DSN");
  }

  @Test
  void announcesOnlyWhatEveryUpstreamHas() {
    List<String> small = List.of("SIZE 36700160", "PIPELINING", "8BITMIME", "HELP");
    assertThat(SmtpExtensions.announce(List.of(EVERYTHING, small)))
        .containsExactly("SIZE 36700160", "8BITMIME", "PIPELINING");
    assertThat(SmtpExtensions.announce(List.of(EVERYTHING, List.of()))).isEmpty();
    assertThat(SmtpExtensions.announce(List.of())).isEmpty();
  }

  @Test
  void takesTheSmallestSizeThatIsALimit() {
    assertThat(announced("SIZE 150", "SIZE 35")).containsExactly("SIZE 35");
    assertThat(announced("size 150", "SIZE")).containsExactly("SIZE 150");
    assertThat(announced("SIZE 0", "SIZE 150")).containsExactly("SIZE 150");
    assertThat(announced("SIZE 0", "SIZE")).containsExactly("SIZE");
    assertThat(announced("SIZE -5", "SIZE 9\u0663")).containsExactly("SIZE");
    assertThat(announced("SIZE 99999999999999999999", "SIZE 7 8")).containsExactly("SIZE");
    assertThat(announced("SIZE 150", "SIZEX 3")).isEmpty();
  }

  private static List<String> announced(String one, String other) {
    return SmtpExtensions.announce(List.of(List.of(one), List.of(other)));
  }

  /** RFC 6531 §3.1. */
  @Test
  void announcesUtf8OnlyWithEightBit() {
    assertThat(announced("SMTPUTF8", "SMTPUTF8")).isEmpty();
  }

  @Test
  void promisesWhatAClientMayActUpon() {
    assertThat(SmtpExtensions.promised(SmtpExtensions.announce(List.of(EVERYTHING))))
        .containsExactly("SIZE", "8BITMIME", "PIPELINING", "SMTPUTF8", "CHUNKING", "DSN");
    assertThat(SmtpExtensions.promised(List.of("ENHANCEDSTATUSCODES", "X-OTHER"))).isEmpty();
  }
}
