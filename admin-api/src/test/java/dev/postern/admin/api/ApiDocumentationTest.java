package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.api.Document.Described;
import dev.postern.store.access.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people read of the API says what the document says. */
class ApiDocumentationTest {
  private static final Path PAGE = Path.of("..", "docs", "api.md");

  private final List<Operation> operations =
      RouteTable.operations(new TestSite(Optional.empty()), Clock.systemUTC());
  private final Document document = new Document(OpenApiDocument.of(operations, "1.2.3"));

  @Test
  void whoMayDoWhatIsATable() throws IOException {
    List<String> wanted = new ArrayList<>();
    for (Described operation : document.operations()) {
      wanted.add(
          Stream.of(Role.values())
              .map(role -> operation.roles().contains(role.word()) ? "x" : "")
              .collect(
                  Collectors.joining(
                      " | ",
                      "| `%s %s` | ".formatted(operation.method(), operation.path()),
                      " |")));
    }
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.matches("\\| `(GET|POST|PUT|PATCH|DELETE) /.*"))
            .toList();

    assertThat(rows).containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void errorsAreATable() throws IOException {
    List<String> wanted =
        Stream.of(ProblemType.values())
            .map(type -> "| `%s` | %d | %s |".formatted(type.uri(), type.status(), type.title()))
            .toList();
    List<String> rows =
        Files.readAllLines(PAGE).stream()
            .filter(line -> line.startsWith("| `urn:postern:problem:"))
            .toList();

    assertThat(rows).containsExactlyElementsOf(wanted);
  }

  @Test
  void examplesFitTheirSchemas() {
    List<String> wrong = new ArrayList<>();
    for (Described operation : document.operations()) {
      Stream.concat(
              operation.json().path("requestBody").path("content").valueStream(),
              operation
                  .json()
                  .path("responses")
                  .valueStream()
                  .flatMap(response -> response.path("content").valueStream()))
          .filter(content -> content.has("example"))
          .forEach(content ->
              document
                  .misfits(content.path("schema"), content.path("example"))
                  .forEach(misfit -> wrong.add(operation.id() + ": " + misfit)));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void examplesOfParametersFitTheirSchemas() {
    List<String> wrong = new ArrayList<>();
    for (Described operation : document.operations()) {
      operation
          .json()
          .path("parameters")
          .valueStream()
          .filter(parameter -> parameter.has("example"))
          .forEach(parameter ->
              document
                  .misfits(parameter.path("schema"), parameter.path("example"))
                  .forEach(misfit ->
                      wrong.add(
                          operation.id()
                              + " "
                              + parameter.path("name").stringValue()
                              + ": "
                              + misfit)));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void namesOfOperationsAreThereOnce() {
    assertThat(document.operations()).extracting(Described::id).doesNotHaveDuplicates();
    assertThat(document.operations())
        .allSatisfy(operation -> {
          assertThat(operation.json().path("summary").stringValue()).isNotBlank();
          assertThat(operation.roles()).isNotEmpty();
          assertThat(operation.json().path("x-codeSamples").size()).isEqualTo(2);
        });
  }

  @Test
  void samplesInJavaCompile(@TempDir Path folder) {
    String body =
        operations.stream()
            .map(operation ->
                "  static void %s() throws Exception {\n%s  }\n"
                    .formatted(operation.id(), Samples.java(operation)))
            .collect(Collectors.joining("\n"));
    String source =
        """
        import java.net.URI;
        import java.net.http.HttpClient;
        import java.net.http.HttpRequest;
        import java.net.http.HttpRequest.BodyPublishers;
        import java.net.http.HttpResponse;
        import java.net.http.HttpResponse.BodyHandlers;
        import java.util.UUID;

        class Samples {
        %s}
        """
            .formatted(body);
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    boolean isFine =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                null,
                null,
                problems,
                List.of("-d", folder.toString()),
                null,
                List.of(new Source(source)))
            .call();

    assertThat(problems.getDiagnostics()).extracting(Diagnostic::toString).as(source).isEmpty();
    assertThat(isFine).isTrue();
  }

  /** A file that is in memory alone. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(Path.of("Samples.java").toUri(), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
