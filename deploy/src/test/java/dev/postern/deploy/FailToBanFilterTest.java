package dev.postern.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionLog;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * The filter for fail2ban that is shipped, and the lines that it reads; with fail2ban itself
 * elsewhere.
 */
final class FailToBanFilterTest {
  private static final Path FILTER =
      Path.of("src", "main", "assets", "fail2ban", "filter.d", "postern.conf");
  private static final Duration SOON = Duration.ofSeconds(4);

  private String plain = "";
  private String json = "";

  @BeforeEach
  void readFilter() throws IOException {
    String filter = Files.readString(FILTER);
    plain = expanded(filter, setting(filter, "failregex = "));
    json = expanded(filter, setting(filter, "            ^"));
    json = "^" + json;
  }

  @ParameterizedTest
  @EnumSource
  void everyReasonCountsOrNot(RejectReason reason) {
    boolean counts =
        switch (reason) {
          case WRONG_SHAPE, UNKNOWN_USER, WRONG_SECRET, OWN_PASSWORD_REFUSED -> true;
          case BAD_NAME,
              TOO_MANY_GUESSES,
              USER_DISABLED,
              REVOKED,
              SUSPENDED,
              EXPIRED,
              IDLE_EXPIRED,
              OUT_OF_SCOPE,
              OUT_OF_NETWORK,
              OUT_OF_LANE,
              IN_CLEAR,
              DELEGATION,
              BANNED,
              POLICY ->
              false;
        };

    for (AuthOutcome outcome :
        List.of(
            new Rejected(reason),
            new Throttled(reason, SOON, true),
            new Throttled(reason, SOON, false))) {
      assertThat(banned(outcome, "198.51.100.7")).containsOnly(counts ? "198.51.100.7" : "");
      assertThat(banned(outcome, "2001:db8::7")).containsOnly(counts ? "2001:db8:0:0:0:0:0:7" : "");
    }
  }

  @ParameterizedTest
  @EnumSource
  void troubleOfOursNeverCounts(AuthOutcome.Trouble trouble) {
    assertThat(banned(new Unavailable(trouble), "198.51.100.7")).containsOnly("");
  }

  @Test
  void theDocumentsShowTheExpression() throws IOException {
    assertThat(Files.readString(Path.of("..", "docs", "logs.md"))).contains("\n" + plain + "\n");
  }

  /** The addresses that are found in the plain line and in that of JSON; empty if none is. */
  private List<String> banned(AuthOutcome outcome, String peer) {
    Session session =
        new Session(
            "0a1b2c3d4e",
            Scope.IMAP,
            Session.Tls.IMPLICIT,
            new InetSocketAddress(InetAddress.ofLiteral(peer), 40_000),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 993));
    ILoggingEvent event = logged(session, outcome);
    JsonLine encoder = new JsonLine();
    encoder.start();
    String inJson = new String(encoder.encode(event), StandardCharsets.UTF_8).strip();
    String inPlain = new LogLine().doLayout(event).strip();
    return Stream.of(
            found(plain, inPlain),
            found(plain, "gate postern[4711]: " + inPlain),
            found(json, inJson),
            found(json, "gate postern[4711]: " + inJson))
        .toList();
  }

  private static String found(String expression, String line) {
    String address = "(?<address>[0-9a-fA-F:.]+)";
    Matcher matcher = Pattern.compile(expression.replace("<ADDR>", address)).matcher(line);
    return matcher.find() ? matcher.group("address") : "";
  }

  private static ILoggingEvent logged(Session session, AuthOutcome outcome) {
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.postern.session");
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    appender.start();
    logger.addAppender(appender);
    try {
      new SessionLog(Clock.systemUTC()).decided(session, "plain", outcome);
    } finally {
      logger.detachAppender(appender);
      logger.setAdditive(true);
      logger.setLevel(null);
    }
    assertThat(appender.list).hasSize(1);
    return appender.list.getFirst();
  }

  /** The rest of the first line that begins so. */
  private static String setting(String filter, String name) {
    return filter
        .lines()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .orElseThrow()
        .substring(name.length());
  }

  private static String expanded(String filter, String expression) {
    return expression
        .replace("%(_journal)s", setting(filter, "_journal = "))
        .replace("%(_guess)s", setting(filter, "_guess = "));
  }
}
