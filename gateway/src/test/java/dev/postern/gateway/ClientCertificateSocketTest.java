package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.TestCertificates;
import dev.postern.gateway.net.TestCertificates.Issued;
import dev.postern.gateway.net.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Upstreams that take nobody without a certificate of a CA of theirs. */
@ExtendWith(LeakCheck.class)
class ClientCertificateSocketTest {
  private static final TestCertificates CA = GatewayFixture.CA;
  private static final SSLContext SERVER = CA.serverContext(CA.issue("localhost"));

  @TempDir Path folder;
  @TempDir Path own;

  /** Whom the server has seen. */
  private final List<Certificate> seen = new CopyOnWriteArrayList<>();

  @ParameterizedTest
  @EnumSource(
      value = Security.class,
      names = {"IMPLICIT_TLS", "STARTTLS"})
  void aServerThatAsksIsShownTheCertificate(Security security) throws Exception {
    Issued client = CA.issue("gate.test");
    Script script = security == Security.STARTTLS ? this::afterStartTls : this::fromTheStart;
    try (ScriptedUpstream real = new ScriptedUpstream(script);
        GatewayFixture fixture =
            new GatewayFixture(config(real.port(), security, Optional.of(client.write(own))))) {
      fixture.loggedIn().close();

      assertThat(seen).isNotEmpty().containsOnly(client.certificate());
    }
  }

  @Test
  void anRsaKeyIsShownAsWell() throws Exception {
    Issued client = CA.issueRsa("gate.test");
    try (ScriptedUpstream real = new ScriptedUpstream(this::fromTheStart);
        GatewayFixture fixture = new GatewayFixture(implicit(real, Optional.of(client)))) {
      fixture.loggedIn().close();

      assertThat(seen).isNotEmpty().containsOnly(client.certificate());
    }
  }

  @Test
  void withoutOneALoginFailsForTheMomentAndTheCauseIsTls() throws Exception {
    try (ScriptedUpstream real = new ScriptedUpstream(this::fromTheStart);
        GatewayFixture fixture = new GatewayFixture(implicit(real, Optional.empty()));
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("454 4.7.0 ");
      assertThat(fixture.counted("postern.upstream.failures", "upstream", "real", "cause", "tls"))
          .isEqualTo(1);
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void oneOfAnotherCaIsNotTaken() throws Exception {
    Issued foreign = new TestCertificates().issue("gate.test");
    try (ScriptedUpstream real = new ScriptedUpstream(this::fromTheStart);
        GatewayFixture fixture = new GatewayFixture(implicit(real, Optional.of(foreign)));
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);

      assertThat(client.line()).startsWith("454 4.7.0 ");
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void aRenewedOneIsShownFromTheNextReadingOn() throws Exception {
    try (ScriptedUpstream real = new ScriptedUpstream(this::fromTheStart);
        GatewayFixture fixture =
            new GatewayFixture(implicit(real, Optional.of(CA.issue("gate.test"))));
        Wire session = fixture.loggedIn()) {
      Issued renewed = CA.issue("gate.test");

      fixture.gateway.reload(implicit(real, Optional.of(renewed)));
      fixture.loggedIn().close();

      assertThat(seen.getLast()).isEqualTo(renewed.certificate());
      session.send("NOOP\r\n");
      assertThat(session.line()).isEqualTo("250 heard NOOP");
    }
  }

  @Test
  void filesThatDoNotBelongTogetherAreRefusedByName() throws Exception {
    CertificateFiles files = CA.issue("gate.test").write(own);
    Path other = Files.createDirectory(own.resolve("other"));
    CertificateFiles mixed =
        new CertificateFiles(files.certificate(), CA.issue("gate.test").write(other).privateKey());
    GatewayConfig config = config(1, Security.IMPLICIT_TLS, Optional.of(mixed));

    assertThatThrownBy(() -> Gateway.checkTls(config))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining(mixed.privateKey().toString());
  }

  private void fromTheStart(Wire wire) throws Exception {
    seen.add(wire.acceptTlsFromKnown(SERVER));
    ScriptedUpstream.smtpLogin(wire);
    echo(wire);
  }

  private void afterStartTls(Wire wire) throws Exception {
    wire.send("220 upstream.test\r\n");
    wire.lineStarting("EHLO ");
    wire.send("250-upstream.test\r\n250 STARTTLS\r\n");
    wire.lineStarting("STARTTLS");
    wire.send("220 go\r\n");
    seen.add(wire.acceptTlsFromKnown(SERVER));
    ScriptedUpstream.smtpLoginAfterGreeting(wire);
    echo(wire);
  }

  private static void echo(Wire wire) throws Exception {
    while (true) {
      wire.send("250 heard " + wire.line() + "\r\n");
    }
  }

  private GatewayConfig implicit(ScriptedUpstream real, Optional<Issued> client) {
    return config(real.port(), Security.IMPLICIT_TLS, client.map(issued -> issued.write(own)));
  }

  private GatewayConfig config(
      int port, Security security, Optional<CertificateFiles> clientCertificate) {
    GatewayConfig base =
        GatewayFixture.config(folder, Tls.NONE, "localhost", port, security, GatewayFixture.LIMITS);
    Upstream usual = base.upstreams().values().iterator().next();
    Upstream strict =
        new Upstream(
            usual.name(),
            usual.endpoints(),
            usual.trust(),
            usual.login(),
            usual.identify(),
            usual.watch(),
            usual.budgets(),
            clientCertificate);
    return AlteredConfig.of(base).upstreams(Map.of(strict.name(), strict)).config();
  }
}
