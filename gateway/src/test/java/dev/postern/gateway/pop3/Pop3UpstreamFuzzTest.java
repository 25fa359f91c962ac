package dev.postern.gateway.pop3;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyServer;

class Pop3UpstreamFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/pop3-upstream.dict")
  @FuzzTest
  void takesAnythingFromAServer(byte[] input) {
    AnyServer.talk(Pop3.PROTOCOL, input);
  }
}
