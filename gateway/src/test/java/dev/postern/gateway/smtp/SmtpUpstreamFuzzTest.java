package dev.postern.gateway.smtp;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyServer;

class SmtpUpstreamFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/smtp-upstream.dict")
  @FuzzTest
  void takesAnythingFromAServer(byte[] input) {
    AnyServer.talk(Smtp.PROTOCOL, input);
  }
}
