package dev.postern.gateway.dialogue;

import java.io.IOException;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Stage 1: every script against the pure dialogues, also where {@code i} has no dot. */
class TranscriptTest {

  @TestFactory
  Stream<DynamicTest> conversationsGoAsWritten() throws IOException {
    return Transcripts.each(transcript -> PureReplay.of(transcript, Protocols::of));
  }

  @TestFactory
  @ResourceLock(Resources.LOCALE)
  Stream<DynamicTest> conversationsGoAsWrittenInTurkish() throws IOException {
    return Transcripts.each(transcript -> {
      Locale before = Locale.getDefault();
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      try {
        PureReplay.of(transcript, Protocols::of);
      } finally {
        Locale.setDefault(before);
      }
    });
  }
}
