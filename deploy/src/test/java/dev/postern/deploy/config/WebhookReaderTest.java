package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.postern.deploy.webhook.Webhook;
import dev.postern.store.event.EventKind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where events may go. */
class WebhookReaderTest {
  private static final String BASE =
      """
      server: { name: mail.example.com }
      listeners: [ { protocol: imap, bind: "127.0.0.1:1143", tls: none } ]
      store:
        database: "sqlite:postern.db"
        pepper: "${file:secrets/pepper}"
        sealing-key: "${file:secrets/sealing-key}"
      upstreams:
        mailstore:
          imap: "imaps://imap.example.com:993"
          login: { method: stored-password }
      webhooks:
      """;

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
    folder.secret("secrets/webhook", "a-secret-of-both-of-us\n");
  }

  private List<Webhook> read(String... lines) throws Exception {
    return folder.load(BASE + "  - " + String.join("\n  - ", lines) + "\n").webhooks();
  }

  private static String of(String url) {
    return "{ url: \"" + url + "\", secret: \"${file:secrets/webhook}\" }";
  }

  @Test
  void receiversAreReadInOrder() throws Exception {
    List<Webhook> read =
        read(of("https://alerts.example.com/postern?team=mail"), of("http://127.0.0.1:9/x"));
    assertThat(read)
        .extracting(Webhook::url)
        .containsExactly(
            URI.create("https://alerts.example.com/postern?team=mail"),
            URI.create("http://127.0.0.1:9/x"));
    assertThat(read.getFirst().secret().length()).isEqualTo("a-secret-of-both-of-us".length());
    assertThat(read.getFirst().toString()).doesNotContain("team", "a-secret");
  }

  @Test
  void aReceiverIsToldOfAllOrOfWhatIsListed() throws Exception {
    List<Webhook> read =
        read(
            of("https://a.example/"),
            of("https://b.example/").replace(" }", ", events: [ upstream-down, upstream-up ] }"));
    assertThat(read.getFirst().events()).containsExactlyInAnyOrder(EventKind.values());
    assertThat(read.getLast().events())
        .containsExactlyInAnyOrder(EventKind.UPSTREAM_DOWN, EventKind.UPSTREAM_UP);
  }

  @Test
  void anEventThatThereIsNotIsRefusedWithWhatThereIs() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> read(of("https://a.example/").replace(" }", ", events: [ upstream-donw ] }")))
        .withMessageContaining("webhooks[0].events")
        .withMessageContaining("did you mean \"upstream-down\"?")
        .withMessageContaining("app-password-refused-after-revocation");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(of("https://a.example/").replace(" }", ", events: [] }")))
        .withMessageContaining("is empty");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://alerts.example.com/postern",
        "ftp://alerts.example.com/",
        "https://user:password@alerts.example.com/",
        "https://alerts.example.com:0/",
        "https://alerts.example.com:65536/",
        "alerts.example.com",
        "https://"
      })
  void eventsGoNowhereInClear(String url) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(of(url)))
        .withMessageContaining("webhooks");
  }

  @Test
  void aBlankSecretIsSaidOnce() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read("{ url: \"https://a.example/\", secret: \"\" }"))
        .satisfies(refused ->
            assertThat(refused.problems())
                .singleElement()
                .asString()
                .contains("webhooks[0].secret: is blank; write a value"));
  }

  @Test
  void guessableSecretsAndTooManyReceiversAreRefused() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read("{ url: \"https://a.example/\", secret: short }"))
        .withMessageContaining("16");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read("{ url: \"https://a.example/\" }"))
        .withMessageContaining("secret");
    String[] nine = new String[9];
    java.util.Arrays.fill(nine, of("https://a.example/"));
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(nine))
        .withMessageContaining("8");
  }
}
