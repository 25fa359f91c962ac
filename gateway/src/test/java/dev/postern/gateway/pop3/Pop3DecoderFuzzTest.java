package dev.postern.gateway.pop3;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyBytes;

class Pop3DecoderFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/pop3.dict")
  @FuzzTest
  void understandsTheSameHoweverItArrives(byte[] input) {
    new AnyBytes<>(Pop3.PROTOCOL).decode(input);
  }
}
