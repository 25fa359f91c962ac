package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever an upstream does to the session of one client, twenty others at the same upstream go on.
 * What the one client saw is written to {@code target/upstream-misbehaviour.txt}.
 */
@ExtendWith(LeakCheck.class)
class MisbehavingUpstreamSocketTest {
  private static final int BYSTANDERS = 20;
  private static final Path SEEN = Path.of("target/upstream-misbehaviour.txt");

  private static final SSLContext ITSELF = GatewayFixture.CA.issue("localhost").serverContext();
  private static final SSLContext SOMEBODY_ELSE =
      GatewayFixture.CA.issue("elsewhere.test").serverContext();

  private static final Limits LIMITS =
      new Limits(
          Duration.ofMillis(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(10),
          5,
          GatewayFixture.LIMITS.relayIdle(),
          new Timeouts(
              Duration.ofSeconds(5),
              Duration.ofMillis(700),
              Duration.ofSeconds(5),
              Duration.ofMillis(400),
              Duration.ofMillis(1500),
              Duration.ofSeconds(2),
              Duration.ofSeconds(2)),
          50);

  /** All of them use one app password. */
  private static final Caps ROOMY =
      new Caps(50, 50, 50, OptionalInt.empty(), 50, 50, OptionalInt.empty(), List.of());

  @TempDir Path folder;

  /** What it does, and what its client sees of it: the counted cause is empty if it got in. */
  record Misbehaviour(Security security, String name, String reply, String cause, Script script) {
    Misbehaviour(String name, String reply, String cause, Script script) {
      this(Security.CLEAR, name, reply, cause, script);
    }

    static Misbehaviour inHandshake(String name, String cause, Script script) {
      return new Misbehaviour(Security.IMPLICIT_TLS, name, "454 4.7.0 ", cause, script);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Misbehaviour> misbehaviours() {
    return List.of(
        new Misbehaviour("says nothing", "454 4.7.0 ", "timeout", wire -> wire.rest()),
        new Misbehaviour(
            "hangs in the middle",
            "454 4.7.0 ",
            "timeout",
            wire -> {
              wire.send("220 hello\r\n");
              wire.lineStarting("EHLO");
              wire.rest();
            }),
        new Misbehaviour(
            "hangs at the password",
            "454 4.7.0 ",
            "timeout",
            wire -> {
              ehlo(wire);
              wire.lineStarting("AUTH");
              wire.rest();
            }),
        new Misbehaviour(
            "drips",
            "454 4.7.0 ",
            "timeout",
            wire -> {
              while (true) {
                wire.send("2");
                pause();
              }
            }),
        new Misbehaviour("closes at once", "454 4.7.0 ", "protocol", wire -> {}),
        new Misbehaviour(
            "closes in the middle",
            "454 4.7.0 ",
            "protocol",
            wire -> {
              ehlo(wire);
              wire.lineStarting("AUTH");
            }),
        new Misbehaviour(
            "resets",
            "454 4.7.0 ",
            "protocol",
            wire -> {
              wire.send("220 hello\r\n");
              wire.lineStarting("EHLO");
              wire.reset();
            }),
        new Misbehaviour(
            "floods before its greeting", "454 4.7.0 ", "protocol", wire -> flood(wire, "x")),
        new Misbehaviour(
            "floods with lines", "454 4.7.0 ", "protocol", wire -> flood(wire, "220-more\r\n")),
        new Misbehaviour(
            "floods after ehlo",
            "454 4.7.0 ",
            "protocol",
            wire -> {
              wire.send("220 hello\r\n");
              wire.lineStarting("EHLO");
              flood(wire, "250-X-MORE\r\n");
            }),
        new Misbehaviour(
            "sends garbage",
            "454 4.7.0 ",
            "protocol",
            wire -> {
              wire.send(new byte[] {0, 1, (byte) 0xff, (byte) 0xfe, '\r', '\n'});
              wire.rest();
            }),
        new Misbehaviour(
            "answers before it is asked",
            "454 4.7.0 ",
            "protocol",
            wire -> {
              wire.send("220 hello\r\n250 AUTH PLAIN\r\n235 2.7.0 in\r\n");
              wire.rest();
            }),
        new Misbehaviour(
            "refuses the password",
            "454 4.7.0 ",
            "login-refused",
            wire -> {
              ehlo(wire);
              wire.lineStarting("AUTH");
              wire.send("535 5.7.8 no\r\n");
              wire.rest();
            }),
        new Misbehaviour("closes behind the login", "235 ", "", ScriptedUpstream::smtpLogin),
        new Misbehaviour(
            "resets behind the login",
            "235 ",
            "",
            wire -> {
              ScriptedUpstream.smtpLogin(wire);
              wire.reset();
            }),
        new Misbehaviour(
            "floods behind the login",
            "235 ",
            "",
            wire -> {
              ScriptedUpstream.smtpLogin(wire);
              flood(wire, "250 more\r\n");
            }),
        Misbehaviour.inHandshake("speaks no TLS", "tls", wire -> wire.send("220 hello\r\n")),
        Misbehaviour.inHandshake("hangs in the handshake", "tls", wire -> wire.rest()),
        Misbehaviour.inHandshake("closes in the handshake", "protocol", wire -> {}),
        Misbehaviour.inHandshake("floods the handshake", "tls", wire -> flood(wire, "x")),
        Misbehaviour.inHandshake(
            "has another's certificate", "tls", wire -> wire.acceptTls(SOMEBODY_ELSE)));
  }

  private static void ehlo(Wire wire) throws IOException {
    wire.send("220 hello\r\n");
    wire.lineStarting("EHLO");
    wire.send("250-upstream.test\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n");
  }

  /** A hundred megabytes, or as many as the other side takes. */
  private static void flood(Wire wire, String text) throws IOException {
    byte[] much = text.repeat(100_000 / text.length()).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 1000; i++) {
      wire.send(much);
    }
  }

  private static void pause() throws InterruptedException {
    boolean _ = new CountDownLatch(1).await(50, TimeUnit.MILLISECONDS);
  }

  @BeforeAll
  static void forgetWhatWasSeenBefore() throws IOException {
    Files.createDirectories(SEEN.getParent());
    Files.deleteIfExists(SEEN);
  }

  @ParameterizedTest
  @MethodSource("misbehaviours")
  void hurtsOnlyItsOwnClient(Misbehaviour misbehaviour) throws Exception {
    AtomicInteger sessions = new AtomicInteger();
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              // The gateway's own question comes first.
              if (sessions.get() == BYSTANDERS) {
                misbehaviour.script.run(wire);
              } else {
                if (misbehaviour.security == Security.IMPLICIT_TLS) {
                  wire.acceptTls(ITSELF);
                }
                ScriptedUpstream.smtpLogin(wire);
                sessions.incrementAndGet();
                echo(wire);
              }
            });
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.with(
                    ROOMY,
                    GatewayFixture.config(
                        folder,
                        Tls.NONE,
                        "localhost",
                        upstream.port(),
                        misbehaviour.security,
                        LIMITS)));
        TestLog log = new TestLog()) {
      List<Wire> bystanders = new ArrayList<>();
      for (int i = 0; i < BYSTANDERS; i++) {
        bystanders.add(fixture.loggedIn());
      }
      await().until(() -> sessions.get() == BYSTANDERS);
      String seen;
      try (Wire victim = fixture.client()) {
        victim.send(GatewayFixture.RIGHT);
        for (Wire bystander : bystanders) {
          goesOn(bystander, "meanwhile");
        }
        seen = victim.line();
        assertThat(seen).startsWith(misbehaviour.reply);
        if (misbehaviour.cause.isEmpty()) {
          seen +=
              misbehaviour.name.startsWith("floods")
                  ? " | " + victim.line() + " …"
                  : " | " + victim.rest() + "end of stream";
        } else {
          victim.send("NOOP\r\n");
          assertThat(victim.line()).as("may try again").startsWith("250 ");
          await()
              .untilAsserted(() ->
                  assertThat(
                          fixture.counted(
                              "postern.upstream.failures",
                              "upstream",
                              "real",
                              "cause",
                              misbehaviour.cause))
                      .isPositive());
          assertThat(log.lines()).anyMatch(line -> line.contains("cause=" + misbehaviour.cause));
        }
      }
      for (Wire bystander : bystanders) {
        goesOn(bystander, "afterwards");
        bystander.close();
      }
      assertThat(log.withStackTrace()).isEmpty();
      Files.writeString(
          SEEN,
          "%-28s client: %s%n%-28s %d of %d bystanders went on%n"
              .formatted(misbehaviour, seen, "", BYSTANDERS, BYSTANDERS),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  private static void goesOn(Wire bystander, String word) throws IOException {
    bystander.send(word + "\r\n");
    assertThat(bystander.line()).isEqualTo(word);
  }

  private static void echo(Wire wire) throws IOException {
    while (true) {
      wire.send(wire.line() + "\r\n");
    }
  }
}
