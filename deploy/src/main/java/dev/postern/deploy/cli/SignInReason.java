package dev.postern.deploy.cli;

import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.RejectReason;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/**
 * Why a login attempt that is on record came to what it did.
 *
 * @param word as it is on record
 */
record SignInReason(String word) {
  private static final List<String> WORDS =
      Stream.of(
              Stream.of(RejectReason.values()).map(RejectReason::word),
              Stream.of(Trouble.values()).map(Trouble::word),
              Stream.of(SignIn.OWN_PASSWORD, SignIn.OWN_PASSWORD_UNJUDGED),
              Stream.of(
                      ConnectionRefusal.CREDENTIAL_SESSIONS,
                      ConnectionRefusal.USER_SESSIONS,
                      ConnectionRefusal.USER_NETWORK_SESSIONS)
                  .map(ConnectionRefusal::word),
              Stream.of(Cause.values()).map(cause -> "upstream-" + cause.word()))
          .flatMap(words -> words)
          .distinct()
          .sorted()
          .toList();

  static SignInReason parse(String text) {
    if (!WORDS.contains(text)) {
      throw new TypeConversionException(
          "\"" + text + "\" is unknown; write one of " + String.join(", ", WORDS));
    }
    return new SignInReason(text);
  }
}
