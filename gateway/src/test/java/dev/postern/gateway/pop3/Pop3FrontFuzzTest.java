package dev.postern.gateway.pop3;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyConversation;
import java.util.regex.Pattern;

class Pop3FrontFuzzTest {
  private static final Pattern FINAL_REPLY =
      Pattern.compile("(?!-ERR (?:\\[AUTH] )?Too many )(?:\\+OK|-ERR).*");

  @DictionaryFile(resourcePath = "/fuzz/pop3.dict")
  @FuzzTest
  void answersAnyInputInEveryState(byte[] script) {
    AnyConversation.hold(Pop3.PROTOCOL, FINAL_REPLY, script);
  }
}
