package dev.postern.gateway.imap;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyConversation;
import java.util.regex.Pattern;

class ImapFrontFuzzTest {
  private static final Pattern FINAL_REPLY =
      Pattern.compile("(?!\\* NO \\[ALERT\\])\\S+ (?:OK|NO|BAD) .*");

  @DictionaryFile(resourcePath = "/fuzz/imap.dict")
  @FuzzTest
  void answersAnyInputInEveryState(byte[] script) {
    AnyConversation.hold(Imap.PROTOCOL, FINAL_REPLY, script);
  }
}
