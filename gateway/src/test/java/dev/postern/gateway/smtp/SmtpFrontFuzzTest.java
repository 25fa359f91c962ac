package dev.postern.gateway.smtp;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyConversation;
import java.util.regex.Pattern;

class SmtpFrontFuzzTest {
  private static final Pattern FINAL_REPLY = Pattern.compile("(?!421|334)[2-5][0-9][0-9] .*");

  @DictionaryFile(resourcePath = "/fuzz/smtp.dict")
  @FuzzTest
  void answersAnyInputInEveryState(byte[] script) {
    AnyConversation.hold(Smtp.PROTOCOL, FINAL_REPLY, script);
  }
}
