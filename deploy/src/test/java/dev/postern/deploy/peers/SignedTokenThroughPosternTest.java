package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.postern.deploy.peers.PosternSite.Account;
import dev.postern.store.testing.SigningKeys;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.Deque;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real clients with app passwords, and a real Dovecot that knows our public key and no passwords.
 */
@Tag("peers")
class SignedTokenThroughPosternTest {
  private static final String ALICE = "alice@example.test";
  private static final String USUAL = "";

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final PeerFolder folder = PeerFolder.make();
  private final PeerCertificates certificates = PeerCertificates.make(folder.path());
  private final GreenMail relay =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  /** As docs/upstreams.md tells operators to, with the key of that kind. */
  private Path key(String kind) {
    Path key = folder.path().resolve(kind + ".pem");
    List<String> command = new ArrayList<>(List.of("openssl", "genpkey", "-out", key.toString()));
    command.addAll(
        kind.equals("ES256")
            ? List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
            : List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"));
    Program.run(command.toArray(String[]::new)).succeeded();
    return key;
  }

  private String publicHalf(Path key) {
    return Program.run("openssl", "pkey", "-in", key.toString(), "-pubout").succeeded().out();
  }

  private DovecotOAuthServer dovecot(String kind, Path key) {
    return dovecot(kind, publicHalf(key));
  }

  private DovecotOAuthServer dovecot(String kind, String publicHalf) {
    opened.push(folder);
    relay.start();
    opened.push(relay::stop);
    DovecotOAuthServer dovecot =
        DovecotOAuthServer.startWithKey(
            folder,
            certificates,
            new DovecotOAuthServer.PublicKey(kind, "postern-2026", publicHalf),
            relay.getSmtp().getPort());
    opened.push(dovecot);
    return dovecot;
  }

  /**
   * @param more keys of {@code login}
   */
  private PosternSite site(DovecotOAuthServer dovecot, Path key, String more) {
    return PosternSite.make(
        folder,
        certificates,
        """
        upstreams:
          store:
            imap: "imaps://localhost:%d"
            submission: "submissions://localhost:%d"
            pop3: "pop3s://localhost:%d"
            trust: "%s"
            login: { method: signed-token, key: "%s", key-id: postern-2026%s }
        """
            .formatted(
                dovecot.imaps(),
                dovecot.submissions(),
                dovecot.pop3s(),
                certificates.ca(),
                key,
                more),
        "  database: \"sqlite:postern.db\"");
  }

  private Program.Result curl(Account account, String... what) {
    return CurlAs.run(folder, certificates, account, what);
  }

  @ParameterizedTest
  @CsvSource({"ES256", "RS256"})
  void sendsAndReadsOnAllThreeProtocols(String kind) {
    Path key = key(kind);
    PosternSite site = site(dovecot(kind, key), key, USUAL);
    try (PosternServer postern = site.serve()) {
      Account alice = site.account(ALICE);
      Path letter =
          folder.write("letter.eml", "From: " + ALICE + "\r\nSubject: signed\r\n\r\nthrough\r\n");
      String imap = "imaps://localhost:" + postern.imaps() + "/INBOX";
      curl(alice, "--upload-file", letter.toString(), imap).succeeded();
      assertThat(curl(alice, imap + ";MAILINDEX=1").succeeded().out()).contains("Subject: signed");
      assertThat(curl(alice, "pop3s://localhost:" + postern.pop3s() + "/1").succeeded().out())
          .contains("Subject: signed");
      curl(
              alice,
              "--mail-from",
              ALICE,
              "--mail-rcpt",
              "bob@example.test",
              "--upload-file",
              letter.toString(),
              "smtps://localhost:" + postern.submissions())
          .succeeded();
      assertThat(relay.waitForIncomingEmail(10_000, 1)).isTrue();
    }
  }

  /** What Dovecot 2.3 looks at besides the signature, and says in its own log. */
  @ParameterizedTest
  @CsvSource({
    "', audience: other.example.test', client_id not found in aud field",
    "', issuer: somebody-else', Issuer 'somebody-else' is not allowed",
  })
  void tokenForSomebodyElseIsRefused(String more, String why) {
    Path key = key("ES256");
    DovecotOAuthServer dovecot = dovecot("ES256", key);
    PosternSite site = site(dovecot, key, more);
    try (PosternServer postern = site.serve()) {
      Account alice = site.account(ALICE);
      assertThat(curl(alice, "imaps://localhost:" + postern.imaps() + "/").exit()).isNotZero();
      assertThat(dovecot.log()).contains(why);
    }
  }

  /**
   * The same without Postern between: times are in seconds from now. What is taken is taken twice,
   * for Dovecot keeps no ids.
   */
  @ParameterizedTest
  @CsvSource({
    "imap,      -10, -10,  50, ''",
    "pop3,      -10, -10,  50, configured scope 'imap' missing from token scope",
    "imap,      -10,  30,  90, Token is issued in future",
    "imap,       30, -10,  90, Token is not valid yet",
    "imap,     -120, -120, -60, Token has expired",
  })
  void dovecotLooksAtScopeAndTimes(String scope, long nbf, long iat, long exp, String why)
      throws JOSEException {
    KeyPair pair = SigningKeys.ec("secp256r1");
    String publicHalf =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    DovecotOAuthServer dovecot = dovecot("ES256", publicHalf);
    Instant now = Instant.now();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(JOSEObjectType.JWT)
                .keyID("postern-2026")
                .build(),
            new JWTClaimsSet.Builder()
                .issuer("localhost")
                .subject(ALICE)
                .audience("localhost")
                .claim("scope", scope)
                .notBeforeTime(Date.from(now.plusSeconds(nbf)))
                .issueTime(Date.from(now.plusSeconds(iat)))
                .expirationTime(Date.from(now.plusSeconds(exp)))
                .jwtID("once")
                .build());
    token.sign(new ECDSASigner((ECPrivateKey) pair.getPrivate()));
    for (int time = 0; time < 2; time++) {
      Program.Result shown =
          Program.run(
              "curl",
              "-sS",
              "--cacert",
              certificates.ca().toString(),
              "--user",
              ALICE,
              "--oauth2-bearer",
              token.serialize(),
              "imaps://localhost:" + dovecot.imaps() + "/");
      assertThat(shown.exit() == 0).as(dovecot.log()).isEqualTo(why.isEmpty());
    }
    assertThat(dovecot.log()).contains(why);
  }

  @Test
  void anotherKeyIsPutInForceWithoutARestartAndTheServerThenRefusesIt() {
    Path key = key("ES256");
    DovecotOAuthServer dovecot = dovecot("ES256", key);
    PosternSite site = site(dovecot, key, USUAL);
    try (PosternServer postern = site.serve()) {
      Account alice = site.account(ALICE);
      String imap = "imaps://localhost:" + postern.imaps() + "/";
      curl(alice, imap).succeeded();
      key("ES256");
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> curl(alice, imap).exit() != 0);
      assertThat(dovecot.log()).contains("Bad signature");
    }
  }
}
