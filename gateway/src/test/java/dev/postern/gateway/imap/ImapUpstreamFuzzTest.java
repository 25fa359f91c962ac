package dev.postern.gateway.imap;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.AnyServer;

class ImapUpstreamFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/imap-upstream.dict")
  @FuzzTest
  void takesAnythingFromAServer(byte[] input) {
    AnyServer.talk(Imap.PROTOCOL, input);
  }
}
