package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** OpenSSL as old as it can still pretend to be, on the listener for old devices and elsewhere. */
@Tag("peers")
class OldDevicesTest {
  private static final String USER = "scans@example.test";

  @Test
  void getInOnTheirOwnListenerAndNowhereElse() {
    try (MailHouse house = MailHouse.open(List.of(USER));
        PosternServer postern = house.site().serve()) {
      PosternSite site = house.site();
      site.run("user", "add", USER);
      JsonNode scanner =
          site.run(
              "app-password",
              "create",
              USER,
              "--label",
              "Scanner",
              "--for",
              "send",
              "--network",
              "127.0.0.0/8",
              "--legacy");
      JsonNode phone = site.run("app-password", "create", USER, "--label", "Phone");
      assertThat(scanner.path("lane").asString()).isEqualTo("legacy");

      for (String version : List.of("-tls1_2", "-tls1_1", "-tls1")) {
        assertThat(said(postern.legacySubmissions(), version, scanner))
            .as(version)
            .contains("220 old.localhost", "250-AUTH=PLAIN LOGIN", "235 2.7.0", "250 2.1.5");
        assertThat(said(postern.submissions(), version, scanner))
            .as("RSA key exchange with " + version + " on the ordinary listener")
            .doesNotContain("220 ");
      }
      assertThat(said(postern.legacySubmissions(), "-tls1", phone))
          .contains("535 5.7.8 This app password is not for devices without modern TLS")
          .doesNotContain("235 ");

      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              site.run("app-password", "show", scanner.path("id").asString())
                  .path("lastUse")
                  .path("protection")
                  .asString()
                  .equals("TLSv1"));
      assertThat(site.run("report", "--finding", "legacy-tls").path("id"))
          .isEqualTo(scanner.path("id"));
    }
  }

  /** What a client of that version is told, RSA key exchange and all. */
  private static String said(int port, String version, JsonNode account) {
    String plain =
        Base64.getEncoder()
            .encodeToString(
                ("\0" + USER + "\0" + account.path("password").asString())
                    .getBytes(StandardCharsets.US_ASCII));
    return Program.run(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                version,
                "-cipher",
                "AES128-SHA:@SECLEVEL=0",
                "-quiet",
                "-ign_eof"),
            String.join(
                "\n", // as such devices send it
                "EHLO my_scanner",
                "AUTH PLAIN " + plain,
                "MAIL FROM:<" + USER + ">\r",
                "RCPT TO:<" + USER + ">\r",
                "QUIT\r\n"),
            Duration.ofSeconds(60),
            Map.of())
        .out();
  }
}
