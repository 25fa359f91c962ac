package dev.postern.gateway.pop3;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyConversation;
import java.util.regex.Pattern;

class Pop3FrontFuzzTest {
  /** POP3 has no other form for a farewell. */
  private static final String FAREWELL =
      "-ERR (?:\\[[A-Z/]+] )?(?:Too many|Too slow|Too much|This login is no longer good"
          + "|Logins cannot be confirmed|Shutting down|Internal error)";

  private static final Pattern FINAL_REPLY =
      Pattern.compile("(?!" + FAREWELL + ")(?:\\+OK|-ERR).*");

  @DictionaryFile(resourcePath = "/fuzz/pop3.dict")
  @FuzzTest
  void answersAnyInputInEveryState(byte[] script) {
    AnyConversation.hold(Pop3.PROTOCOL, FINAL_REPLY, script);
  }
}
