package dev.postern.store.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.testing.ThreatsDocument.NamedTest;
import dev.postern.store.testing.ThreatsDocument.Requirement;
import dev.postern.store.testing.ThreatsDocument.Threat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The page on threats is whole: every threat leads to rows that are there, every row is shown. */
class ThreatsDocumentTest {
  private static final List<String> MODULES = List.of("store", "gateway", "admin-api", "deploy");

  @Test
  void everyThreatIsThereAndLeadsToRowsThatAre() throws IOException {
    ThreatsDocument page = ThreatsDocument.read();
    List<String> rows = page.requirements().stream().map(Requirement::number).toList();

    assertThat(page.threats().stream().map(Threat::number))
        .containsExactlyElementsOf(numbers("T", 13));
    assertThat(page.threats())
        .allSatisfy(threat ->
            assertThat(threat.requirements())
                .as(threat.number())
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .isSubsetOf(rows));
  }

  @Test
  void everyRowIsThereOnceSaysWhetherAndIsShown() throws IOException {
    List<Requirement> rows = ThreatsDocument.read().requirements();

    assertThat(rows.stream().map(Requirement::number))
        .doesNotHaveDuplicates()
        .containsAll(numbers("R", 49));
    assertThat(rows)
        .allSatisfy(row -> {
          assertThat(row.does()).matches("\\*\\*(yes|no, by design)\\*\\*([,; ].*)?");
          assertThat(row.tests().size() + row.transcripts().size()).as(row.number()).isPositive();
          assertThat(row.tests()).extracting(NamedTest::module).isSubsetOf(MODULES);
        });
  }

  @Test
  void whoLooksForItFindsIt() throws IOException {
    assertThat(Files.readString(Path.of("../README.md"))).contains("(docs/threats.md)");
    assertThat(Files.readString(Path.of("../SECURITY.md"))).contains("(docs/threats.md)");
  }

  @Test
  void readsRows() {
    ThreatsDocument page =
        ThreatsDocument.of(
            """
            | | who | what | against | rows |
            |---|---|---|---|---|
            | T1 | a | b | c | R2, R10 |
            | R2 | a | **yes** | `store:ATest#b`, `imap/c-1.2`, `admin-api:DContract#e` (long) |
            """);

    assertThat(page.threats()).containsExactly(new Threat("T1", List.of("R2", "R10")));
    assertThat(page.tests("store")).containsExactly(new NamedTest("store", "ATest", "b", false));
    assertThat(page.tests("admin-api"))
        .containsExactly(new NamedTest("admin-api", "DContract", "e", true));
    assertThat(page.transcripts()).containsExactly("imap/c-1.2");
  }

  @Test
  void refusesWhatIsNeitherATestNorATranscript() {
    assertThatThrownBy(() -> ThreatsDocument.of("| R2 | a | **yes** | `ATest#b` |\n"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("R2 ");
    assertThatThrownBy(() -> ThreatsDocument.of("| R2 | a | `store:ATest#b` |\n"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("4 cells");
  }

  private static List<String> numbers(String letter, int last) {
    return IntStream.rangeClosed(1, last).mapToObj(number -> letter + number).toList();
  }
}
