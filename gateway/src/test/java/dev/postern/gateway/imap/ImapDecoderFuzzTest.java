package dev.postern.gateway.imap;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyBytes;

class ImapDecoderFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/imap.dict")
  @FuzzTest
  void understandsTheSameHoweverItArrives(byte[] input) {
    new AnyBytes<>(Imap.PROTOCOL).decode(input);
  }
}
