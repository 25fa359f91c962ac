package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.Transcripts;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Stage 2: every script through the real pipeline, however its bytes are cut into reads. */
@ExtendWith(LeakCheck.class)
class TranscriptOnChannelTest {

  @TestFactory
  Stream<DynamicTest> conversationsGoAsWrittenLineByLine() throws IOException {
    return Transcripts.each(transcript -> ChannelReplay.of(transcript, ChannelReplay.Cut.LINES));
  }

  @TestFactory
  Stream<DynamicTest> conversationsGoAsWrittenByteByByte() throws IOException {
    return Transcripts.each(transcript -> ChannelReplay.of(transcript, ChannelReplay.Cut.BYTES));
  }

  @TestFactory
  Stream<DynamicTest> conversationsGoAsWrittenGluedTogether() throws IOException {
    return Transcripts.each(transcript -> ChannelReplay.of(transcript, ChannelReplay.Cut.GLUED));
  }
}
