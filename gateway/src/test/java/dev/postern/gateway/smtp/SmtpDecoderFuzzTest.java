package dev.postern.gateway.smtp;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyBytes;

class SmtpDecoderFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/smtp.dict")
  @FuzzTest
  void understandsTheSameHoweverItArrives(byte[] input) {
    new AnyBytes<>(Smtp.PROTOCOL).decode(input);
  }
}
