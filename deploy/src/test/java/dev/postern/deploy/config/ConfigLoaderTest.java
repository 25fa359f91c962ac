package dev.postern.deploy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.admin.AdminConfig.Bind;
import dev.postern.admin.HttpSecurity;
import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.GatewayConfig.Budgets;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.MailboxRewriting;
import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.Help;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.StoreConfig.AppPasswordRules;
import dev.postern.store.StoreConfig.AuditRules;
import dev.postern.store.StoreConfig.Database;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.keys.KeyKind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigLoaderTest {
  private static final String FULL = ConfigFolder.FULL;

  private final Path temp;
  private final ConfigFolder folder;

  ConfigLoaderTest(@TempDir Path temp) throws IOException {
    this.temp = temp;
    folder = new ConfigFolder(temp);
  }

  @Test
  void readsTheBudgetOfAnAppPassword() throws Exception {
    String yaml =
        FULL.replace(
            "database-grace: 5m",
            "per-credential: { logins-per-minute: never, up-per-day: 500MB, down-per-day: never }");
    assertThat(folder.load(yaml).gateway().budget())
        .isEqualTo(
            new CredentialBudget(
                OptionalInt.empty(), OptionalLong.of(500_000_000), OptionalLong.empty()));
  }

  @Test
  void readsWhatAListenerAlwaysAnnounces() throws Exception {
    String yaml =
        FULL.replace(
            "tls: starttls, upstream: mailstore",
            "tls: starttls, extensions: [ \"SIZE 52428800\", 8BITMIME, DSN ]");

    assertThat(folder.load(yaml).gateway().listeners().get(1).extensions())
        .containsExactly("SIZE 52428800", "8BITMIME", "DSN");
  }

  @Test
  void readsEveryKey() throws Exception {
    Configuration read = folder.load(FULL);

    assertThat(read.gateway().serverName()).isEqualTo("mail.example.com");
    assertThat(read.gateway().listeners())
        .containsExactly(
            new Listener(Scope.IMAP, "::", 993, Tls.IMPLICIT, Optional.empty()),
            new Listener(Scope.SUBMISSION, "0.0.0.0", 587, Tls.STARTTLS, Optional.of("mailstore")),
            new Listener(Scope.IMAP, "127.0.0.1", 1143, Tls.NONE, Optional.empty()));
    assertThat(read.gateway().certificate())
        .contains(
            new CertificateFiles(
                folder.resolve("tls/fullchain.pem"), folder.resolve("tls/privkey.pem")));
    assertThat(read.gateway().minimumTls()).isEqualTo(TlsVersion.TLS_1_3);
    Upstream mailstore = upstream(read, "mailstore");
    assertThat(mailstore.endpoints())
        .containsEntry(Scope.IMAP, new Endpoint("imap.example.com", 993, Security.IMPLICIT_TLS))
        .containsEntry(Scope.SUBMISSION, new Endpoint("smtp.example.com", 2587, Security.STARTTLS))
        .hasSize(2);
    assertThat(mailstore.trust()).contains(folder.resolve("tls/fullchain.pem"));
    assertThat(mailstore.login()).isInstanceOf(LoginMethod.MasterUser.class);
    assertThat(upstream(read, "local").login()).isEqualTo(new LoginMethod.StoredPassword());
    assertThat(upstream(read, "local").trust()).isEmpty();
    assertThat(read.gateway().routes()).containsExactly(new Route("*@example.com", "mailstore"));
    assertThat(read.gateway().limits())
        .isEqualTo(
            new Limits(
                Duration.ofMillis(500),
                Duration.ofSeconds(50),
                Duration.ofSeconds(20),
                3,
                Map.of(
                    Scope.IMAP, Duration.ofMinutes(30),
                    Scope.SUBMISSION, Duration.ofMinutes(10),
                    Scope.POP3, Duration.ofMinutes(12))));
    assertThat(read.store().database())
        .isEqualTo(new Database.Sqlite(folder.resolve("postern.db")));
    assertThat(read.store().pepper()).singleElement().extracting("id").isEqualTo("k1");
    assertThat(read.store().appPasswords())
        .isEqualTo(
            new AppPasswordRules(
                12, 23, Optional.of(Duration.ofDays(365)), Optional.empty(), Optional.empty()));
    assertThat(read.store().databaseGrace()).isEqualTo(Duration.ofMinutes(5));
    assertThat(read.store().audit())
        .isEqualTo(new AuditRules(Duration.ofDays(14), Duration.ofDays(90), Duration.ofDays(7)));
    assertThat(read.admin().admin()).isEqualTo(new Bind("127.0.0.1", 8081));
    assertThat(read.admin().metrics())
        .contains(new Bind("0.0.0.0", 9587, new HttpSecurity.Clear(true)));
    assertThat(read.warnings()).isEmpty();
  }

  @Test
  void readsTheExampleOfTheReference() throws Exception {
    String reference = Files.readString(Path.of("..", "docs", "configuration.md"));
    String example = reference.replaceFirst("(?s)^.*?```yaml\n(.*?)```.*$", "$1");

    Configuration read = folder.load(example);

    assertThat(read.gateway().budget()).isEqualTo(CredentialBudget.DEFAULT);
    assertThat(read.gateway().limits()).isEqualTo(Limits.DEFAULT);
    assertThat(read.gateway().upstreams()).containsOnlyKeys("mailstore", "elsewhere");
    assertThat(read.gateway().routes()).hasSize(2);
  }

  @Test
  void readsListenersForOldDevices() throws Exception {
    String own = "certificate: tls/fullchain.pem, private-key: tls/privkey.pem";
    Configuration read =
        folder.load(
            FULL.replace(
                "  - { protocol: imap, bind: \"127.0.0.1:1143\", tls: none }",
                "  - { protocol: imap, bind: \"127.0.0.1:1143\", tls: none }\n"
                    + "  - { protocol: submission, bind: \"[::]:2465\", tls: implicit, "
                    + own
                    + ", legacy-tls: true, name: old.example.com }\n"
                    + "  - { protocol: submission, bind: \"[::]:2525\", tls: none,"
                    + " allow-cleartext: true, name: clear.example.com }\n"
                    + "  - { protocol: submission, bind: \"[::]:465\", tls: implicit, "
                    + own
                    + " }\n"
                    + "  - { protocol: submission, bind: \"[::]:466\", tls: none,"
                    + " allow-cleartext: true, proxy-protocol: true,"
                    + " trusted-proxies: [ 192.0.2.1 ] }"));

    assertThat(read.gateway().listeners())
        .extracting(Listener::lane)
        .containsExactly(
            Lane.ORDINARY,
            Lane.ORDINARY,
            Lane.ORDINARY,
            Lane.LEGACY,
            Lane.LEGACY,
            Lane.ORDINARY,
            Lane.ORDINARY);
    assertThat(read.gateway().listeners().get(3).name()).contains("old.example.com");
    assertThat(read.gateway().listeners().get(5).certificate())
        .contains(
            new CertificateFiles(
                folder.resolve("tls/fullchain.pem"), folder.resolve("tls/privkey.pem")));
  }

  @Test
  void readsCertificatesBesideTheUsualOne() throws Exception {
    String more =
        """
          more-certificates:
            - { certificate: tls/ec-fullchain.pem, private-key: tls/ec-privkey.pem }
        """;
    Configuration read =
        folder.load(FULL.replace("  minimum: TLSv1.3\n", "  minimum: TLSv1.3\n" + more));
    assertThat(read.gateway().certificates())
        .containsExactly(
            new CertificateFiles(
                folder.resolve("tls/fullchain.pem"), folder.resolve("tls/privkey.pem")),
            new CertificateFiles(
                folder.resolve("tls/ec-fullchain.pem"), folder.resolve("tls/ec-privkey.pem")));
  }

  @Test
  void needsNoCertificateForAllWhereEachListenerHasItsOwn() throws Exception {
    String own = "tls: implicit, certificate: tls/fullchain.pem, private-key: tls/privkey.pem";
    Configuration read =
        folder.load(
            FULL.replaceAll("(?m)^tls:\n(  .*\n){3}", "")
                .replace("tls: implicit", own)
                .replace("tls: starttls", own));

    assertThat(read.gateway().certificate()).isEmpty();
    assertThat(read.gateway().listeners())
        .filteredOn(listener -> listener.tls() != Listener.Tls.NONE)
        .isNotEmpty()
        .extracting(Listener::certificate)
        .containsOnly(
            Optional.of(
                new CertificateFiles(
                    folder.resolve("tls/fullchain.pem"), folder.resolve("tls/privkey.pem"))));
  }

  @Test
  void readsHowManyConnectionsAListenerMayHave() throws Exception {
    Configuration read =
        folder.load(
            FULL.replace(
                "protocol: imap, bind: \"[::]:993\"",
                "protocol: imap, max-connections: 50, bind: \"[::]:993\""));

    assertThat(read.gateway().listeners().getFirst().maxConnections()).hasValue(50);
    assertThat(read.gateway().listeners().getLast().maxConnections()).isEmpty();
  }

  @Test
  void readsWhoseProxyHeadersToBelieveAndWhomToTell() throws Exception {
    Configuration read =
        folder.load(
            FULL.replace(
                    "protocol: imap, bind: \"[::]:993\"",
                    "protocol: imap, proxy-protocol: true, bind: \"[::]:993\","
                        + " trusted-proxies: [ 192.0.2.1, \"2001:db8::/32\" ]")
                .replace(
                    "    trust: tls/fullchain.pem",
                    "    identify: { imap-id: true, xclient: true, proxy-protocol: v2 }\n"
                        + "    trust: tls/fullchain.pem")
                .replace(
                    "    imap: \"imap://127.0.0.1:3143\"",
                    "    pop3: \"pop3://127.0.0.1:3110\"\n"
                        + "    identify: { proxy-protocol: v1 }"));

    assertThat(read.gateway().listeners().getFirst().trustedProxies())
        .containsExactly(Cidr.parse("192.0.2.1/32"), Cidr.parse("2001:db8::/32"));
    assertThat(read.gateway().listeners().getLast().trustedProxies()).isEmpty();
    assertThat(upstream(read, "mailstore").identify())
        .isEqualTo(new Identify(true, true, Optional.of(ProxyProtocol.V2)));
    assertThat(upstream(read, "local").identify())
        .isEqualTo(new Identify(false, false, Optional.of(ProxyProtocol.V1)));
  }

  @Test
  void readsWhatTheSiteAddsToRefusals() throws Exception {
    assertThat(folder.load(FULL).gateway().help()).isEqualTo(Help.NONE);
    assertThat(
            folder
                .load(FULL + "help: { text: \" Ask us. \", url: \"https://x.example/a?b\" }\n")
                .gateway()
                .help())
        .isEqualTo(new Help("Ask us.", "https://x.example/a?b"));
    String longest = "a".repeat(Help.LONGEST);
    assertThat(folder.load(FULL + "help: { text: " + longest + " }\n").gateway().help().text())
        .isEqualTo(longest);
  }

  @ParameterizedTest
  @CsvSource({
    "'text: \"gr\u00fc\u00dfe\"', help.text: has characters beyond ASCII",
    "'text: \"a\\tb\"', help.text: has a control character",
    "'url: mail.example.com', 'help.url: \"mail.example.com\" is no address of a web page'",
    "'url: \"https:///y\"', 'help.url: \"https:///y\" is no address of a web page'",
    "'url: \"https://x/a b\"', 'help.url: \"https://x/a b\" is no URL: Illegal character in path'",
    "'url: \"ftp://x/y\"', 'help.url: \"ftp://x/y\" is no address of a web page'",
    "'url: \"https://x/y.\"', help.url: ends in a full stop",
    "'texts: x', help.texts: is an unknown key"
  })
  void refusesHelpThatOldClientsCannotShow(String yaml, String problem) throws IOException {
    assertThat(folder.problems(FULL + "help: { " + yaml + " }\n"))
        .singleElement()
        .asString()
        .contains(problem);
  }

  @Test
  void refusesHelpThatIsTooLong() throws Exception {
    String yaml = "help: { text: " + "a".repeat(170) + ", url: \"https://x/\" }\n";
    assertThat(folder.load(FULL + yaml).gateway().help().text()).hasSize(170);
    assertThat(folder.problems(FULL + yaml.replace("https://x/", "https://x/y")))
        .singleElement()
        .asString()
        .contains("help.text: text and url have 181 characters together");
    assertThat(folder.problems(FULL + "help: { url: \"http://x/" + "a".repeat(172) + "\" }\n"))
        .singleElement()
        .asString()
        .contains("help.url: text and url have 181 characters together");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mailstore, strip-domain: true, add-domain: example.net",
        "mailstore",
        "local, strip-domain: true",
      })
  void domainsMayBeStrippedWhereNamesStayDifferent(String second) throws Exception {
    Configuration read =
        folder.load(
            FULL.replace(
                "upstream: mailstore }\nstore",
                "upstream: mailstore, strip-domain: true }\n"
                    + "  - { match: \"a*@example.com\", upstream: mailstore, strip-domain: true }\n"
                    + "  - { match: \"*@example.net\", upstream: "
                    + second
                    + " }\nstore"));

    assertThat(read.gateway().routes()).hasSize(3);
  }

  @Test
  void readsWhatNamesMayStandForAndHowMailboxesAreCalled() throws Exception {
    assertThat(folder.load(FULL).store().names()).isEqualTo(NameRules.EXACT);
    Configuration read =
        folder.load(
            FULL.replace(
                    "name: mail.example.com",
                    "name: mail.example.com\n  default-domain: B\u00dcCHER.example\n"
                        + "  detail-separator: \"+\"")
                .replace(
                    "upstream: mailstore }\nstore",
                    "upstream: mailstore, strip-domain: true, add-domain: B\u00fccher.example,"
                        + " lower-case: true }\nstore"));

    assertThat(read.store().names())
        .isEqualTo(new NameRules(Optional.of("xn--bcher-kva.example"), Optional.of('+')));
    assertThat(read.gateway().routes())
        .containsExactly(
            new Route(
                "*@example.com",
                "mailstore",
                new MailboxRewriting(true, Optional.of("xn--bcher-kva.example"), true)));
  }

  @Test
  void sendsEverybodyToTheOnlyUpstream() throws Exception {
    String yaml =
        FULL.replaceAll("(?m)^routes:\n.*\n", "").replaceAll("(?m)^  local:\n.*\n.*\n", "");

    assertThat(folder.load(yaml).gateway().routes()).containsExactly(new Route("*", "mailstore"));
    assertThat(folder.load(FULL.replaceAll("(?m)^routes:\n.*\n", "")).gateway().routes()).isEmpty();
  }

  @Test
  void saysWhichLineOfAKeyFileIsWrong() throws IOException {
    folder.secret("secrets/sealing-key", ConfigFolder.KEY_LINE + "k2 c2hvcnQ=\n");

    assertThat(folder.problems(FULL))
        .singleElement()
        .asString()
        .startsWith("25: store.sealing-key: cannot be used: line 2: ");
  }

  @ParameterizedTest
  @CsvSource({
    "'', AUTO",
    "watch: auto, AUTO",
    "watch: always, ALWAYS",
    "watch: never, NEVER",
  })
  void readsWhetherSessionsAreWatched(String line, Watch watch) throws Exception {
    String yaml = FULL.replace("    trust: tls/fullchain.pem\n", "    " + line + "\n");

    assertThat(upstream(folder.load(yaml), "mailstore").watch()).isEqualTo(watch);
  }

  @Test
  void readsHowManySessionsOfAMailboxAnUpstreamTakes() throws Exception {
    String yaml =
        FULL.replace(
            "    trust: tls/fullchain.pem\n", "    budgets: { imap: 20, submission: 3 }\n");

    assertThat(upstream(folder.load(yaml), "mailstore").budgets())
        .isEqualTo(new Budgets(Optional.of(20), Optional.of(3), Optional.empty()));
    assertThat(upstream(folder.load(FULL), "mailstore").budgets()).isEqualTo(Budgets.NONE);
  }

  @Test
  void fillsInTheDefaults() throws Exception {
    Configuration read =
        folder.load(
            """
            server: { name: mail.example.com }
            listeners: [ { protocol: imap, bind: "127.0.0.1:0", tls: none } ]
            upstreams:
              local: { imap: "imap://localhost", login: { method: stored-password } }
            store:
              database: "sqlite:/var/lib/postern/postern.db"
              pepper: "${file:secrets/pepper}"
              sealing-key: "${file:secrets/sealing-key}"
            """);

    assertThat(read.gateway().limits()).isEqualTo(Limits.DEFAULT);
    assertThat(read.gateway().certificate()).isEmpty();
    assertThat(read.gateway().minimumTls()).isEqualTo(TlsVersion.TLS_1_2);
    assertThat(read.store().appPasswords())
        .isEqualTo(
            new AppPasswordRules(40, 16, Optional.empty(), Optional.empty(), Optional.empty()));
    assertThat(read.store().databaseGrace()).isEqualTo(Duration.ofMinutes(15));
    assertThat(read.store().audit())
        .isEqualTo(new AuditRules(Duration.ofDays(30), Duration.ofDays(400), Duration.ofDays(30)));
    assertThat(read.store().database())
        .isEqualTo(new Database.Sqlite(Path.of("/var/lib/postern/postern.db")));
    assertThat(read.admin().admin()).isEqualTo(new Bind("127.0.0.1", 8080));
    assertThat(read.admin().metrics()).isEmpty();
    assertThat(upstream(read, "local").endpoints().get(Scope.IMAP))
        .isEqualTo(new Endpoint("localhost", 143, Security.CLEAR));
  }

  /** Each row: what is replaced in the full file, by what, and the one problem that follows. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
name: mail.example.com | name: mail_example | 2: server.name: "mail_example" is not a host name; write one such as mail.example.com
name: mail.example.com | name: | 2: server.name: has no value; write one, or leave the key out
name: mail.example.com | name: mail.example.com#  default-domain: "@example.com" | 3: server.default-domain: "@example.com" is not a domain; write what follows the @ in mail addresses, such as example.com
name: mail.example.com | name: mail.example.com#  default-domain: exa mple | 3: server.default-domain: "exa mple" is not a domain; write what follows the @ in mail addresses, such as example.com
name: mail.example.com | name: mail.example.com#  defaultdomain: a.b | 3: server.defaultdomain: is an unknown key; did you mean "default-domain"? Known here: default-domain, detail-separator, name
name: mail.example.com | name: mail.example.com#  detail-separator: "++" | 3: server.detail-separator: "++" is not a separator; write one printable character that is neither letter nor digit nor @, such as "+"
name: mail.example.com | name: mail.example.com#  detail-separator: x | 3: server.detail-separator: "x" is not a separator; write one printable character that is neither letter nor digit nor @, such as "+"
name: mail.example.com | name: mail.example.com#  detail-separator: | 3: server.detail-separator: has no value; write one, or leave the key out
match: "*@example.com", upstream: mailstore | match: "*@example.com", upstream: mailstore, add-domain: a@b | 21: routes[0].add-domain: "a@b" is not a domain; write what follows the @ in mail addresses, such as example.com
match: "*@example.com", upstream: mailstore | match: "*@example.com", upstream: mailstore, strip-domain: yes | 21: routes[0].strip-domain: "yes" is neither true nor false; write one of them
match: "*@example.com", upstream: mailstore | match: "*@Example.com", upstream: mailstore | 21: routes[0].match: "*@Example.com" is not as names are spelled here, so it would match nobody; write "*@example.com"
match: "*@example.com", upstream: mailstore | match: "*@b\u00fccher.example", upstream: mailstore | 21: routes[0].match: "*@b\u00fccher.example" is not as names are spelled here, so it would match nobody; write "*@xn--bcher-kva.example"
match: "*@example.com", upstream: mailstore | match: "A*@*.example.com", upstream: mailstore | 21: routes[0].match: "A*@*.example.com" is not as names are spelled here, so it would match nobody; write "a*@*.example.com"
match: "*@example.com", upstream: mailstore | match: "*@", upstream: mailstore | 21: routes[0].match: "" is not a domain; write what follows the @ in mail addresses, such as example.com
match: "*@example.com", upstream: mailstore | match: "*", upstream: mailstore, strip-domain: true | 21: routes[0].strip-domain: users of the same name in different domains would have one mailbox; name the domain, as in match: "*@example.com"
match: "*@example.com", upstream: mailstore | match: "*@*.example.com", upstream: mailstore, strip-domain: true | 21: routes[0].strip-domain: users of the same name in different domains would have one mailbox; name the domain, as in match: "*@example.com"
match: "*@example.com", upstream: mailstore | match: "*@example.com", upstream: mailstore, strip-domain: true }#  - { match: "*@example.net", upstream: mailstore, strip-domain: true | 22: routes[1].strip-domain: alice@example.com and alice@example.net would have one mailbox at mailstore; take it out here, write another add-domain, or make one an alias of the other: postern user alias add
match: "*@example.com", upstream: mailstore | match: "*@example.com", upstream: mailstore, lowercase: true | 21: routes[0].lowercase: is an unknown key; did you mean "lower-case"? Known here: match, upstream, strip-domain, add-domain, lower-case
name: mail.example.com | name: [a, b] | 2: server.name: is a list; write a single value
name: mail.example.com | nam: x | 1: server.name: is missing; write the name that mail clients connect to, such as mail.example.com#2: server.nam: is an unknown key; did you mean "name"? Known here: default-domain, detail-separator, name
{ protocol: imap, bind: "[::]:993", tls: implicit } | imaps | 4: listeners[0]: is a single value; write a mapping: "key: value" lines
bind: "[::]:993" | bind: "localhost:993" | 4: listeners[0].bind: "localhost" is not an address literal; write ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:993
bind: "[::]:993" | bind: ":::993" | 4: listeners[0].bind: ":::993" is not an address with a port; write ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:993
bind: "[::]:993" | bind: "[::]:70000" | 4: listeners[0].bind: 70000 is not a port; write one from 1 to 65535, or 0 for a free one
bind: "[::]:993" | bind: "[::]:587" | 5: listeners[1].bind: another listener has this address already; take another port
bind: "[::]:993", | '' | 4: listeners[0].bind: is missing; write ADDRESS:PORT, such as "[::]:993"
protocol: imap, bind: "[::]:993" | protocol: imaps, bind: "[::]:993" | 4: listeners[0].protocol: "imaps" is unknown; did you mean "imap"? Known here: imap, submission, pop3
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, name: old.example.com, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].legacy-tls: a listener for old devices needs a certificate and key of its own; write certificate: and private-key: of an RSA certificate for its name
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, name: old.example.com, certificate: tls/fullchain.pem, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].private-key: is missing; name the PEM file with the certificate's private key
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].legacy-tls: a listener for old devices needs a name of its own; write name: legacy.example.com, and give it to these devices alone
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, name: mail.example.com, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].name: is the server's own name; give old devices another one, such as legacy.mail.example.com
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, name: MAIL.example.com, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].name: is the server's own name; give old devices another one, such as legacy.mail.example.com
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, legacy-tls: true, name: old.example.com, allow-cleartext: true, bind: "0.0.0.0:587", tls: none | 5: listeners[1].legacy-tls: there is no TLS on this listener; write tls: starttls or implicit
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, private-key: tls/privkey.pem, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].certificate: is missing; name a PEM file with the certificate and its chain
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, name: old_example, bind: "0.0.0.0:587", tls: starttls | 5: listeners[1].name: "old_example" is not a host name; write one such as mail.example.com
protocol: submission, bind: "0.0.0.0:587", tls: starttls | protocol: submission, name: old.example.com, allow-cleartext: true, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "0.0.0.0:587", tls: none | 5: listeners[1].certificate: this listener has no TLS; leave the key out
protocol: imap, bind: "[::]:993", tls: implicit | protocol: pop3, name: old.example.com, legacy-tls: true, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "[::]:993", tls: implicit | 4: listeners[0].legacy-tls: old devices may send, and not read mail; write protocol: submission#4: listeners[0].protocol: no upstream has pop3; set upstreams.NAME.pop3, or take this listener out
protocol: imap, bind: "[::]:993", tls: implicit | protocol: imap, name: old.example.com, legacy-tls: true, certificate: tls/fullchain.pem, private-key: tls/privkey.pem, bind: "[::]:993", tls: implicit | 4: listeners[0].legacy-tls: old devices may send, and not read mail; write protocol: submission
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, bind: "[::]:993" | 4: listeners[0].proxy-protocol: it is not said whose PROXY headers to believe; add trusted-proxies: ["192.0.2.10/32"] with the networks of your proxies
protocol: imap, bind: "[::]:993" | protocol: imap, trusted-proxies: [ 192.0.2.0/24 ], bind: "[::]:993" | 4: listeners[0].trusted-proxies: no PROXY header is expected here; add proxy-protocol: true
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, trusted-proxies: [ proxy.example ], bind: "[::]:993" | 4: listeners[0].trusted-proxies: "proxy.example" is not a network; write one such as "192.0.2.0/24"
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, trusted-proxies: [ "0.0.0.0/0" ], bind: "[::]:993" | 4: listeners[0].trusted-proxies: with "0.0.0.0/0" anybody could claim any address; write the networks of your proxies
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, trusted-proxies: 192.0.2.1, bind: "[::]:993" | 4: listeners[0].trusted-proxies: is a single value; write a list: [ a, b ]
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, trusted-proxies: [ [ 192.0.2.1 ] ], bind: "[::]:993" | 4: listeners[0].trusted-proxies: holds a list; write single values: [ a, b ]
protocol: imap, bind: "[::]:993" | protocol: imap, proxy-protocol: true, trusted-proxies: [ ], bind: "[::]:993" | 4: listeners[0].trusted-proxies: is empty; write a list: [ a, b ]
tls: starttls, upstream: mailstore | tls: starttls, extensions: [ BINARYMIME ] | 5: listeners[1].extensions: "BINARYMIME" is no extension that can be promised; write some of: SIZE, 8BITMIME, PIPELINING, SMTPUTF8, CHUNKING, DSN; SIZE also with octets, as in "SIZE 52428800"
tls: starttls, upstream: mailstore | tls: starttls, extensions: [ "SIZE 0" ] | 5: listeners[1].extensions: "SIZE 0" is no extension that can be promised; write some of: SIZE, 8BITMIME, PIPELINING, SMTPUTF8, CHUNKING, DSN; SIZE also with octets, as in "SIZE 52428800"
tls: starttls, upstream: mailstore | tls: starttls, extensions: [ DSN, SMTPUTF8 ] | 5: listeners[1].extensions: SMTPUTF8 needs 8BITMIME (RFC 6531); add 8BITMIME, or take SMTPUTF8 out
tls: starttls, upstream: mailstore | tls: starttls, extensions: [ SIZE, "SIZE 1000" ] | 5: listeners[1].extensions: names one twice; write each once
protocol: imap, bind: "[::]:993" | protocol: imap, extensions: [ DSN ], bind: "[::]:993" | 4: listeners[0].extensions: only submission promises something before the login; leave the key out: the others say after it what the upstream has
trust: tls/fullchain.pem | identify: { imap-id: yes } | 15: upstreams.mailstore.identify.imap-id: "yes" is neither true nor false; write one of them
trust: tls/fullchain.pem | identify: { imapid: true } | 15: upstreams.mailstore.identify.imapid: is an unknown key; did you mean "imap-id"? Known here: imap-id, xclient, proxy-protocol
trust: tls/fullchain.pem | identify: { proxy-protocol: v3 } | 15: upstreams.mailstore.identify.proxy-protocol: "v3" is unknown; did you mean "v1"? Known here: none, v1, v2
protocol: imap, bind: "[::]:993" | protocol: pop3, bind: "[::]:993" | 4: listeners[0].protocol: no upstream has pop3; set upstreams.NAME.pop3, or take this listener out
tls: implicit | tls: on | 4: listeners[0].tls: "on" is unknown; did you mean "none"? Known here: implicit, starttls, none
bind: "127.0.0.1:1143", tls: none | bind: "0.0.0.0:1143", tls: none | 6: listeners[2].tls: passwords would cross the network in clear text; write implicit or starttls, bind to 127.0.0.1, or set allow-cleartext: true
tls: starttls, upstream: mailstore | tls: starttls, upstream: mailstor | 5: listeners[1].upstream: there is no upstream "mailstor"; did you mean "mailstore"? Known here: mailstore, local
tls: starttls, upstream: mailstore | tls: starttls, upstream: local | 5: listeners[1].upstream: "local" has no submission; set upstreams.local.submission, or name another upstream
certificate: tls/fullchain.pem | certificate: tls/none.pem | 8: tls.certificate: FOLDER/tls/none.pem does not exist; create it, or correct the path
private-key: tls/privkey.pem | '' | 7: tls.private-key: is missing; the listeners speak TLS: name the PEM file with the certificate's private key
minimum: TLSv1.3 | more-certificates: [ { certificate: tls/fullchain.pem } ] | 10: tls.more-certificates[0].private-key: is missing; name the PEM file with the certificate's private key
minimum: TLSv1.3 | more-certificates: [ { certificate: tls/none.pem, private-key: tls/privkey.pem } ] | 10: tls.more-certificates[0].certificate: FOLDER/tls/none.pem does not exist; create it, or correct the path
minimum: TLSv1.3 | more-certificates: tls/fullchain.pem | 10: tls.more-certificates: is a single value; write a list: lines that start with "- "
minimum: TLSv1.3 | minimum: TLSv1.1 | 10: tls.minimum: "TLSv1.1" is unknown; did you mean "TLSv1.2"? Known here: TLSv1.2, TLSv1.3
local: | lo cal: | 17: upstreams.lo cal: is no usable name; use 1 to 32 letters, digits, hyphens, underscores
imap: "imap://127.0.0.1:3143" | '' | 17: upstreams.local.imap: is missing; write imap:, submission: or pop3: with the server's URL, or a preset
imaps://imap.example.com | imap://imap.example.com | 13: upstreams.mailstore.imap: passwords would cross the network to imap.example.com in clear text; use imaps:// or imap+starttls://, or set allow-cleartext: true on this upstream
imaps://imap.example.com | https://imap.example.com | 13: upstreams.mailstore.imap: "https://imap.example.com" does not start with a scheme for this protocol; write imaps://, imap+starttls://, imap:// and the host
imaps://imap.example.com | imaps://bob:secret@imap.example.com | 13: upstreams.mailstore.imap: "imaps://…@imap.example.com" has more than scheme, host and port, or a bad port; write imaps://mail.example.com:993
imaps://imap.example.com | imaps://imap.example.com:70000 | 13: upstreams.mailstore.imap: "imaps://imap.example.com:70000" has more than scheme, host and port, or a bad port; write imaps://mail.example.com:993
trust: tls/fullchain.pem | trust: ca.pem | 15: upstreams.mailstore.trust: FOLDER/ca.pem does not exist; create it, or correct the path
method: master-user | method: kerberos | 16: upstreams.mailstore.login.method: "kerberos" is unknown; known here: master-user, stored-password, oauth2, signed-token, fixed, trusted, pass-through
method: master-user | method: fixed | 16: upstreams.mailstore.login.method: everybody who comes to this upstream would read one mailbox, since it has imap; leave submission alone, or write shared-mailbox: true here if that is meant
method: master-user | method: fixed, shared-mailbox: false | 16: upstreams.mailstore.login.method: everybody who comes to this upstream would read one mailbox, since it has imap; leave submission alone, or write shared-mailbox: true here if that is meant
method: master-user, user: postern, | method: fixed, shared-mailbox: true, | 16: upstreams.mailstore.login.user: is missing; write the account's name
method: stored-password | method: trusted | 17: upstreams.local.submission: is missing; write the server's URL: trusted is for submission alone#19: upstreams.local.login.method: by imap no server takes our word for who logs in; write imap into another upstream, with master-user or signed-token
trust: tls/fullchain.pem | client-certificate: tls/fullchain.pem | 12: upstreams.mailstore.client-key: is missing; name the PEM file with the certificate's private key
trust: tls/fullchain.pem | client-key: tls/privkey.pem | 12: upstreams.mailstore.client-certificate: is missing; name a PEM file with the certificate and its chain
user: postern, | '' | 16: upstreams.mailstore.login.user: is missing; write the master user's name
${file:secrets/master}" } | ${file:secrets/nobody}" } | 16: upstreams.mailstore.login.password: FOLDER/secrets/nobody does not exist; create it, or correct the path
${file:secrets/master}" } | ${file:secrets/master}", separator: ab } | 16: upstreams.mailstore.login.separator: "ab" is not a separator; write one printable character, such as "*" (auth_master_user_separator in Dovecot)
trust: tls/fullchain.pem | budgets: { imap: 0 } | 15: upstreams.mailstore.budgets.imap: 0 is out of range; write a whole number from 1 to 1000
trust: tls/fullchain.pem | budgets: { imap: many } | 15: upstreams.mailstore.budgets.imap: "many" is not a whole number; write a whole number from 1 to 1000
trust: tls/fullchain.pem | budgets: { smtp: 3 } | 15: upstreams.mailstore.budgets.smtp: is an unknown key; did you mean "imap"? Known here: imap, submission, pop3
trust: tls/fullchain.pem | budgets: 3 | 15: upstreams.mailstore.budgets: is a single value; write a mapping: "key: value" lines
trust: tls/fullchain.pem | watch: sometimes | 15: upstreams.mailstore.watch: "sometimes" is unknown; known here: auto, always, never
method: stored-password | method: stored-password, user: x | 19: upstreams.local.login.user: is an unknown key; known here: method
match: "*@example.com", upstream: mailstore | match: "*@example.com", upstream: nowhere | 21: routes[0].upstream: there is no upstream "nowhere"; known here: mailstore, local
sqlite:postern.db | mysql:postern | 23: store.database: "mysql:postern" is no database that Postern knows; write sqlite:FILE or postgresql://USER@HOST/DATABASE
sqlite:postern.db | postgresql://postern@db.example.com/postern | 23: store.database: the connection to db.example.com would not be proven to be the right server; append ?sslmode=verify-full (and sslrootcert=FILE for a private CA)
sqlite:postern.db | postgresql://postern:pw@localhost/postern | 23: store.database: has a password in the URL; take it out and set store.password: "${file:PATH}"
sqlite:postern.db | postgresql://localhost/postern | 23: store.database: names no database user; write postgresql://USER@HOST[:PORT]/DATABASE
${file:secrets/pepper} | ${vault:pepper} | 24: store.pepper: "${vault:…}" is no reference; write ${file:PATH}, ${env:NAME} or ${cred:NAME}
${file:secrets/pepper} | ${env:PEPPER} | 24: store.pepper: the environment has no PEPPER; set it before Postern starts, or use ${file:PATH}
${file:secrets/pepper} | ${file:secrets} | 24: store.pepper: FOLDER/secrets is a folder; name a file
limit: 12 | limit: twelve | 26: app-passwords.limit: "twelve" is not a whole number; write a whole number from 1 to 1000
length: 23 | length: 8 | 26: app-passwords.length: 8 is out of range; write a whole number from 16 to 32
form: keyed | form: bcrypt | 26: app-passwords.form: "bcrypt" is unknown; known here: argon2id, keyed
expires-after: 365d, | expires-after: 1y, | 26: app-passwords.expires-after: "1y" is not a duration; write a number and a unit: 500ms, 2s, 35m, 12h or 30d, or never
failure-delay: 500ms | failure-delay: 500 | 28: guard.failure-delay: "500" is not a duration; write a number and a unit: 500ms, 2s, 35m, 12h or 30d
failure-delay: 500ms | failure-delay: 2h | 28: guard.failure-delay: "2h" is out of range; write 0s to 1m
database-grace: 5m | per-credential: { up-per-day: 2GiB } | 31: guard.per-credential.up-per-day: "2GiB" is not a size; write a number and a unit: 500MB or 2GB; or never
database-grace: 5m | per-credential: { logins-per-minute: 0 } | 31: guard.per-credential.logins-per-minute: 0 is out of range; write a whole number from 1 to 1000000
relay-idle: { imap: 30m, | relay-idle: { imapp: 30m, | 30: guard.relay-idle.imapp: is an unknown key; did you mean "imap"? Known here: imap, submission, pop3
database-grace: 5m | databse-grace: 5m | 31: guard.databse-grace: is an unknown key; did you mean "database-grace"? Known here: database-grace, throttle, allow, deny, policy, before-login, failure-delay, relay-idle, sessions, trusted-clients, per-credential, drain
bind: "127.0.0.1:8081" | bind: "0.0.0.0:8081" | 32: admin.bind: without TLS, tokens would cross the network in clear text, and 0.0.0.0 is not loopback; write 127.0.0.1:8081 or [::1]:8081, or tls: true, or behind a proxy with TLS allow-cleartext: true
bind: "0.0.0.0:9587" | bind: "127.0.0.1:8081" | 33: metrics.bind: is the address of the admin listener; take another port, or leave metrics out: they are on the admin port then
bind: "0.0.0.0:9587" | bind: "127.0.0.1:587" | 33: metrics.bind: is the address of a mail listener; take another port
bind: "127.0.0.1:8081" | bind: "127.0.0.1:993" | 32: admin.bind: is the address of a mail listener; take another port
submission+starttls://smtp.example.com | submission://smtp.example.com | 14: upstreams.mailstore.submission: passwords would cross the network to smtp.example.com in clear text; use submissions:// or submission+starttls://, or set allow-cleartext: true on this upstream
guard: | gard: | 27: gard: is an unknown key; did you mean "guard"? Known here: guard, server, store, app-passwords, audit, pass-through, upstreams, listeners, tls, routes, help, admin, metrics, auth-service, webhooks, log
routes: | portal: { bind: x }#routes: | 20: portal: is not supported yet; leave the key out
            sign-ins: 14d | sign-ins: 10m | 34: audit.sign-ins: "10m" is out of range; write 1h to 3660d
            sign-ins: 14d | signins: 14d | 34: audit.signins: is an unknown key; did you mean "sign-ins"? Known here: sign-ins, changes, sessions
admin: { bind: "127.0.0.1:8081" } | server: { name: b.example.com } | 32: server: is here a second time; the first is in line 1; keep one of them
admin: { bind: "127.0.0.1:8081" } | admin: { bind: "127.0.0.1:8081", bind: "127.0.0.1:8082" } | 32: admin.bind: is here a second time; the first is in line 32; keep one of them
failure-delay: 500ms | failure-delay: *delay | 28: guard.failure-delay: uses a YAML alias; write the value out#28: guard.failure-delay: "delay" is not a duration; write a number and a unit: 500ms, 2s, 35m, 12h or 30d
failure-delay: 500ms | failure-delay: !!str 500ms | 28: guard.failure-delay: uses a YAML tag; write the value without it
""")
  void saysWhatIsWrongWhereAndWhatWouldBeRight(String replaced, String by, String expected)
      throws IOException {
    assertThat(FULL).contains(replaced);
    String yaml = FULL.replace(replaced, by.replace("#", "\n"));

    List<String> wanted =
        List.of(expected.replace("FOLDER", temp.toAbsolutePath().toString()).split("#"));
    assertThat(folder.problems(yaml)).isEqualTo(wanted);
  }

  @Test
  void reportsEverythingThatIsWrongByLine() throws IOException {
    String yaml =
        FULL.replace("failure-delay: 500ms", "failure-delay: soon")
            .replace("name: mail.example.com", "nam: mail.example.com")
            .replace("limit: 12", "limit: 0")
            .replace("[::]:993", "everywhere");

    assertThat(folder.problems(yaml))
        .extracting(problem -> problem.substring(0, problem.indexOf(' ', 4)))
        .containsExactly(
            "1: server.name:",
            "2: server.nam:",
            "4: listeners[0].bind:",
            "26: app-passwords.limit:",
            "28: guard.failure-delay:");
  }

  @Test
  void refusesAListenerWhoseProtocolNoUpstreamHas() throws IOException {
    String yaml =
        FULL.replace("          submission: \"submission", "          # \"submission")
            .replaceAll("(?m)^    submission: .*$", "    # none")
            .replace(", upstream: mailstore }\n  - { protocol: imap", " }\n  - { protocol: imap");

    assertThat(folder.problems(yaml))
        .containsExactly(
            "5: listeners[1].protocol: no upstream has submission; set upstreams.NAME.submission,"
                + " or take this listener out");
  }

  @Test
  void refusesTextThatIsNotYamlWithItsLineAndTheCauseAlone() throws IOException {
    String rest = "; check indent and quotes";
    assertThat(folder.problems("server:\n  name: a\n bad: secret\n"))
        .containsExactly(
            "3: this is not YAML: expected <block end>, but found '<block mapping start>'" + rest);
    assertThat(folder.problems("server:\n\tname: secret\n"))
        .containsExactly(
            "2: this is not YAML: found character '\\t(TAB)' that cannot start any token."
                + " (Do not use \\t(TAB) for indentation)"
                + rest);
    assertThat(folder.problems("server: \"secret\nguard: secret\n"))
        .containsExactly("3: this is not YAML: found unexpected end of stream" + rest);
    assertThat(folder.problems("server: a: secret\n"))
        .containsExactly("1: this is not YAML: mapping values are not allowed here" + rest);
  }

  @Test
  void saysWhatIsMissingInAnEmptyFile() throws IOException {
    assertThat(folder.problems(""))
        .extracting(problem -> problem.replaceFirst(" is missing.*", ""))
        .containsExactly(
            "1: store.database:",
            "1: store.pepper:",
            "1: store.sealing-key:",
            "1: server.name:",
            "1: listeners:");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Path missing = temp.resolve("missing.yaml");

    assertThatThrownBy(() -> new ConfigLoader(Map.of()).load(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessage(missing + ": " + missing + " does not exist; create it, or correct the path");
  }

  @ParameterizedTest
  @CsvSource({
    "secrets/pepper,24: store.pepper",
    "secrets/sealing-key,25: store.sealing-key",
    "secrets/master,16: upstreams.mailstore.login.password",
    "tls/privkey.pem,9: tls.private-key"
  })
  void refusesSecretsThatEverybodyMayRead(String name, String place) throws IOException {
    folder.permissions(name, "rw-r--r--");

    Path file = folder.resolve(name);
    assertThat(folder.problems(FULL))
        .containsExactly(place + ": " + file + " is readable by everybody; chmod o-r " + file);
  }

  @Test
  void refusesAPrivateKeyOfOneListenerThatEverybodyMayRead() throws IOException {
    folder.secret("tls/own.pem", "key\n");
    folder.permissions("tls/own.pem", "rw-r--r--");
    String yaml =
        FULL.replace(
            "bind: \"[::]:993\"",
            "bind: \"[::]:993\", certificate: tls/fullchain.pem, private-key: tls/own.pem");

    assertThat(folder.problems(yaml))
        .singleElement()
        .asString()
        .startsWith("4: listeners[0].private-key: ")
        .contains("readable by everybody");
  }

  @Test
  void takesSecretsThatAGroupMayRead() throws Exception {
    folder.permissions("secrets/master", "rw-r-----");

    assertThat(folder.load(FULL).warnings()).isEmpty();
  }

  @Test
  void stripsTheEndOfLineOfASecretAndNothingElse() throws Exception {
    folder.secret("secrets/master", " correct horse \r\n");

    assertThat(masterPassword(folder.load(FULL)).matches(Secret.ofText(" correct horse ")))
        .isTrue();
  }

  @Test
  void warnsOfASecretWrittenInAFileThatEverybodyMayRead() throws Exception {
    String yaml = FULL.replace("${file:secrets/master}", "hunter2");
    folder.load(yaml);
    folder.permissions("postern.yaml", "rw-r--r--");

    Configuration read = folder.load(yaml);

    assertThat(masterPassword(read).matches(Secret.ofText("hunter2"))).isTrue();
    assertThat(read.warnings())
        .singleElement()
        .asString()
        .contains(":16: upstreams.mailstore.login.password: a secret stands in a file")
        .doesNotContain("hunter2");
  }

  @Test
  void doesNotWarnOfASecretWrittenInAPrivateFile() throws Exception {
    String yaml = FULL.replace("${file:secrets/master}", "hunter2");
    folder.load(FULL);
    folder.permissions("postern.yaml", "rw-------");

    assertThat(folder.load(yaml).warnings()).isEmpty();
  }

  @Test
  void followsReferencesInAnyValue() throws Exception {
    folder.secret("name", "mail.example.net\n");
    String yaml =
        FULL.replace("name: mail.example.com", "name: ${file:name}")
            .replace("sqlite:postern.db", "postgresql://${env:DB_USER}@localhost:5433/${env:DB}")
            .replace("${file:secrets/pepper}", "${env:PEPPER}")
            .replace("limit: 12", "limit: \"${env:LIMIT}\"");

    Configuration read =
        folder.load(
            yaml,
            Map.of(
                "DB_USER", "gate",
                "DB", "postern",
                "PEPPER", ConfigFolder.KEY_LINE,
                "LIMIT", "7"));

    assertThat(read.gateway().serverName()).isEqualTo("mail.example.net");
    assertThat(read.store().database())
        .isEqualTo(
            new Database.Postgres(
                URI.create("postgresql://gate@localhost:5433/postern"), Optional.empty()));
    assertThat(read.store().appPasswords().limit()).isEqualTo(7);
    assertThat(read.store().pepper()).hasSize(1);
  }

  @Test
  void takesAPasswordForPostgresAlone() throws Exception {
    folder.secret("secrets/db", "db password\n");
    String password = "\n  password: \"${file:secrets/db}\"";

    assertThat(
            folder.problems(FULL.replace("sqlite:postern.db\"", "sqlite:postern.db\"" + password)))
        .containsExactly("24: store.password: is not used by SQLite; leave the key out");
    Configuration read =
        folder.load(
            FULL.replace("sqlite:postern.db\"", "postgresql://postern@[::1]/postern\"" + password));
    assertThat(read.store().database())
        .isInstanceOfSatisfying(
            Database.Postgres.class,
            postgres ->
                assertThat(postgres.password().orElseThrow().matches(Secret.ofText("db password")))
                    .isTrue());
  }

  @Test
  void allowsClearTextWhereItIsAskedFor() throws Exception {
    String yaml =
        FULL.replace(
                "bind: \"127.0.0.1:1143\", tls: none",
                "bind: \"0.0.0.0:1143\", tls: none, allow-cleartext: true")
            .replace(
                "imap: \"imap://127.0.0.1:3143\"",
                "{ imap: \"imap://10.0.0.1\", allow-cleartext: true,")
            .replace(
                "    login: { method: stored-password }",
                "    login: { method: stored-password } }");

    assertThat(upstream(folder.load(yaml), "local").endpoints())
        .containsEntry(Scope.IMAP, new Endpoint("10.0.0.1", 143, Security.CLEAR));
  }

  @Test
  void neverPrintsASecretInAProblem() throws IOException {
    folder.secret("secrets/pepper", "top-secret-pepper\n");
    String yaml = FULL.replace("${file:secrets/master}", "hunter2${x");

    assertThat(folder.problems(yaml))
        .hasSize(2)
        .noneMatch(problem -> problem.contains("hunter2") || problem.contains("top-secret"));
  }

  private static Upstream upstream(Configuration read, String name) {
    return Objects.requireNonNull(read.gateway().upstreams().get(name));
  }

  private static Secret masterPassword(Configuration read) {
    return ((LoginMethod.MasterUser) upstream(read, "mailstore").login()).password();
  }

  @Test
  void readsASystemdCredentialAndSaysWhenThereIsNone() throws Exception {
    folder.secret("pepper-of-systemd", ConfigFolder.KEY_LINE);
    String yaml = ConfigFolder.FULL.replace("${file:secrets/pepper}", "${cred:pepper-of-systemd}");

    assertThat(folder.problems(yaml)).singleElement().asString().contains("LoadCredential=");
    Configuration read =
        folder.load(yaml, Map.of("CREDENTIALS_DIRECTORY", folder.resolve("").toString()));
    assertThat(read.store().pepper()).hasSize(1);
    assertThat(read.keySources().get(KeyKind.PEPPER))
        .isEqualTo(new KeySource.Elsewhere("the systemd credential pepper-of-systemd"));
    assertThat(read.keySources().get(KeyKind.SEALING))
        .isEqualTo(new KeySource.KeyFile(folder.resolve("secrets/sealing-key").toAbsolutePath()));
    assertThat(read.keySources()).doesNotContainKey(KeyKind.INTEGRITY);
    assertThatThrownBy(() ->
            folder.load(
                yaml.replace("pepper-of-systemd", "secrets/pepper"),
                Map.of("CREDENTIALS_DIRECTORY", folder.resolve("").toString())))
        .isInstanceOf(ConfigException.class);
  }
}
