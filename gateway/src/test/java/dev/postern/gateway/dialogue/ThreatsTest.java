package dev.postern.gateway.dialogue;

import dev.postern.store.testing.ThreatsContract;
import dev.postern.store.testing.ThreatsDocument;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the page on threats says of this module is so. */
class ThreatsTest extends ThreatsContract {
  ThreatsTest() {
    super("gateway");
  }

  @TestFactory
  Stream<DynamicTest> everyTranscriptGoesAsWritten() throws IOException {
    return ThreatsDocument.read().transcripts().stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name, () -> PureReplay.of(Transcripts.named(name), Protocols::of)));
  }
}
