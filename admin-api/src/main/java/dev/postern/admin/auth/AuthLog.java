package dev.postern.admin.auth;

import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Protection;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each refusal, the same as of a login at a mail listener: filters of fail2ban read
 * it, and no client may have a word in it.
 */
final class AuthLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.postern.session");
  private static final int ID_BYTES = 5;

  private final SecureRandom random = new SecureRandom();

  void decided(Question question, AuthOutcome outcome) {
    switch (outcome) {
      case AuthOutcome.Accepted _, AuthOutcome.Delegate _ -> {}
      case AuthOutcome.Rejected(var reason) ->
          line(LOG.atInfo(), question).addKeyValue("reason", reason.word()).log("login refused");
      case AuthOutcome.Throttled(var reason, var delay, var isRefused) ->
          line(LOG.atInfo(), question)
              .addKeyValue("reason", reason.word())
              .addKeyValue("answer", isRefused ? "later" : "refused")
              .addKeyValue("ms", delay.toMillis())
              .log("login throttled");
      case AuthOutcome.Unavailable(var trouble) ->
          line(LOG.atWarn(), question)
              .addKeyValue("trouble", trouble.word())
              .log("login undecided");
    }
  }

  private LoggingEventBuilder line(LoggingEventBuilder event, Question question) {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return event
        .addKeyValue("session", HexFormat.of().formatHex(id))
        .addKeyValue("protocol", question.protocol().word())
        .addKeyValue("tls", question.protection() == Protection.CLEAR ? "none" : "proxy")
        .addKeyValue("peer", question.client().getHostAddress())
        .addKeyValue("port", 0)
        .addKeyValue("mechanism", question.way().word());
  }
}
