package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.PassThrough.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose own passwords are passed on. */
class PassThroughReaderTest {
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
      """;

  @TempDir Path directory;
  private ConfigFolder folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = new ConfigFolder(directory);
  }

  private PassThrough read(String... lines) throws Exception {
    return folder
        .load(BASE + "pass-through:\n  - " + String.join("\n  - ", lines) + "\n")
        .store()
        .guard()
        .passThrough();
  }

  @Test
  void nobodysWithoutTheSection() throws Exception {
    assertThat(folder.load(BASE).store().guard().passThrough()).isEqualTo(PassThrough.NONE);
  }

  @Test
  void namesAreReadAsTheyAreSpelledElsewhere() throws Exception {
    assertThat(
            read(
                "{ user: Alice@Example.COM, mode: observe }",
                "{ group: Pilot, mode: enforce }",
                "{ domain: BÜCHER.example, mode: warn }"))
        .isEqualTo(
            new PassThrough(
                Map.of("alice@example.com", Mode.OBSERVE),
                Map.of("pilot", Mode.ENFORCE),
                Map.of("xn--bcher-kva.example", Mode.WARN)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ mode: observe } | pass-through[0]: names nobody; write one of user:, group: and domain:",
        "{ user: a@b.example, domain: b.example, mode: warn } | pass-through[0]: names more than one: user, domain; write one of",
        "{ domain: b.example } | pass-through[0].mode: is missing; write observe, warn or enforce",
        "{ domain: b.example, mode: log } | pass-through[0].mode: \"log\" is unknown; known here: enforce, observe, warn",
        "{ domain: a@b.example, mode: warn } | pass-through[0].domain: \"a@b.example\" is not a domain",
        "{ domain: '*', mode: warn } | postern.yaml:12: pass-through[0].domain: \"*\" is no name here: nobody would be meant; name each domain",
        "{ user: '*', mode: warn } | pass-through[0].user: \"*\" is no name here",
        "{ group: '*', mode: warn } | pass-through[0].group: \"*\" is no name here",
        "{ domain: '*.b.example', mode: warn } | pass-through[0].domain: \"*.b.example\" is no name here",
        "{ user: a b, mode: warn } | pass-through[0].user: \"a b\" cannot be the name of a user",
        "{ group: b, mode: warn, until: 2027-01-01 } | pass-through[0].until: is an unknown key",
      })
  void saysWhatIsWrong(String line, String message) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> read(line))
        .withMessageContaining(message);
  }

  @Test
  void whoIsNamedTwiceIsNotLeftToChance() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() ->
            read("{ domain: b.example, mode: observe }", "{ domain: B.example, mode: enforce }"))
        .withMessageContaining("pass-through[1].domain: b.example is named twice");
  }

  @Test
  void peoplesPasswordsDoNotCrossTheNetworkInClear() throws Exception {
    String clear =
        BASE.replace(
            "imap: \"imaps://imap.example.com:993\"",
            "imap: \"imap://imap.example.com:143\"\n    allow-cleartext: true");
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> folder.load(clear + "pass-through: [ { domain: b.example, mode: observe } ]\n"))
        .withMessageContaining(
            "own passwords would cross the network to imap.example.com in clear");
    assertThat(
            folder
                .load(clear + "pass-through: [ { domain: b.example, mode: enforce } ]\n")
                .gateway()
                .upstreams())
        .hasSize(1);
  }

  @Test
  void anUpstreamMayHaveNoLoginButOwnPasswords() throws Exception {
    assertThat(
            folder
                .load(BASE.replace("stored-password", "pass-through"))
                .gateway()
                .upstreams()
                .values())
        .extracting(Upstream::login)
        .containsExactly(new LoginMethod.PassThrough());
  }

  /** Else one person's wrong passwords slow down everybody, those with app passwords too. */
  @Test
  void warnsOfUpstreamsThatAreNotToldWhoseGuessItIs() throws Exception {
    String yaml =
        """
        server: { name: mail.example.com }
        listeners:
          - { protocol: imap, bind: "127.0.0.1:1143", tls: none }
          - { protocol: submission, bind: "127.0.0.1:1587", tls: none }
        store:
          database: "sqlite:postern.db"
          pepper: "${file:secrets/pepper}"
          sealing-key: "${file:secrets/sealing-key}"
        upstreams:
          elsewhere:
            submission: "submissions://other.example.com:465"
            login: { method: fixed, user: x, password: "${file:secrets/master}" }
          mailstore:
            imap: "imaps://imap.example.com:993"
            pop3: "pop3s://imap.example.com:995"
            submission: "submissions://imap.example.com:465"
            identify: {}
            login: { method: stored-password }
        """;
    String open = yaml + "pass-through: [ { domain: b.example, mode: observe } ]\n";
    assertThat(warnings(open))
        .singleElement()
        .asString()
        .contains(": pass-through: people's own passwords go to upstreams that are not told")
        .contains("slow down everybody: mailstore (imap, submission); write identify there");
    assertThat(warnings(open.replace("identify: {}", "identify: { imap-id: true }")))
        .singleElement()
        .asString()
        .contains(": mailstore (submission);");
    for (String told : List.of("{ imap-id: true, xclient: true }", "{ proxy-protocol: v2 }")) {
      assertThat(warnings(open.replace("identify: {}", "identify: " + told))).isEmpty();
    }
    assertThat(warnings(open.replace("mode: observe", "mode: enforce"))).isEmpty();
    assertThat(warnings(yaml)).isEmpty();
  }

  @Test
  void aListenerForAnotherUpstreamLeadsNobodyThere() throws Exception {
    String yaml =
        BASE.replace("tls: none }", "tls: none, upstream: other }")
            + "  other:\n"
            + "    imap: \"imaps://other.example.com:993\"\n"
            + "    identify: { imap-id: true }\n"
            + "    login: { method: stored-password }\n"
            + "pass-through: [ { domain: b.example, mode: observe } ]\n";
    assertThat(warnings(yaml)).isEmpty();
  }

  @Test
  void warnsWherePeopleAreToldToDoSomethingAndNotWhere() throws Exception {
    String told =
        BASE.replace("  mailstore:", "  mailstore:\n    identify: { imap-id: true }")
            + "pass-through: [ { group: b, mode: warn } ]\n";
    assertThat(warnings(told))
        .singleElement()
        .asString()
        .endsWith(
            ": pass-through: tells people to make an app password, and not where;"
                + " write help: { text: …, url: … }");
    assertThat(warnings(told + "help: { url: \"https://id.example.com/\" }\n")).isEmpty();
    assertThat(warnings(told.replace("mode: warn", "mode: observe"))).isEmpty();
  }

  private List<ConfigProblem> warnings(String yaml) throws Exception {
    return folder.load(yaml).warnings();
  }
}
