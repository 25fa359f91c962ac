package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.ProtocolsDocument.Row;
import dev.postern.gateway.dialogue.ProtocolsDocument.TestMethod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the page on protocols claims is shown, and everything that is shown is on the page. */
class ProtocolsDocumentTest {

  @TestFactory
  Stream<DynamicContainer> everyRowGoesAsItsTranscripts() throws IOException {
    return rows().stream()
        .filter(row -> !row.transcripts().isEmpty())
        .map(row ->
            DynamicContainer.dynamicContainer(
                row.what(),
                row.transcripts().stream()
                    .map(name ->
                        DynamicTest.dynamicTest(
                            name, () -> PureReplay.of(Transcripts.named(name), Protocols::of)))));
  }

  @Test
  void everyTranscriptIsInARow() throws IOException {
    List<String> named = rows().stream().flatMap(row -> row.transcripts().stream()).toList();

    assertThat(named).containsAll(Transcripts.names());
  }

  @Test
  void everyTestIsThere() throws IOException {
    List<TestMethod> missing = new ArrayList<>();
    for (Row row : rows()) {
      for (TestMethod test : row.tests()) {
        if (!test.exists()) {
          missing.add(test);
        }
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void everyClassIsThere() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Row row : rows()) {
      for (String name : row.classes()) {
        if (!ProtocolsDocument.isClass(name)) {
          missing.add(name);
        }
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void everyRowSaysWhetherWhereAndWhatShowsIt() throws IOException {
    assertThat(rows())
        .hasSizeGreaterThan(100)
        .allSatisfy(row -> {
          assertThat(row.what()).isNotEmpty();
          assertThat(row.does())
              .matches("\\*\\*(yes|no, by design|not announced|passed on)\\*\\*([,; ].*)?");
          assertThat(row.classes()).isNotEmpty();
          assertThat(row.transcripts().size() + row.tests().size()).isPositive();
        });
  }

  @Test
  void theReadmeLeadsToIt() throws IOException {
    assertThat(ProtocolsDocument.readme()).contains("(docs/protocols.md)");
  }

  private static List<Row> rows() throws IOException {
    return ProtocolsDocument.rows(ProtocolsDocument.text());
  }
}
